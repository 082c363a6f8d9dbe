#include "progress.h"

#include <stdio.h>

/* Well below 0.1 s of work on any machine. */
enum { EVALUATIONS_PER_REPORT = 20000 };

static void show(struct progress *progress, int percent)
{
    if (!progress->shown || percent <= progress->last_percent)
        return;
    progress->last_percent = percent;
    printf("%d%% done\n", percent);
    fflush(stdout);
}

struct progress progress_start(const int bounds[4], long long evaluations_per_pixel, int shown)
{
    struct progress progress = {0};
    long long fast = (long long)bounds[1] - bounds[0] + 1,
              slow = (long long)bounds[3] - bounds[2] + 1;

    progress.shown = shown;
    progress.total_pixels = fast > 0 && slow > 0 ? fast * slow : 0;
    if (evaluations_per_pixel < 1)
        evaluations_per_pixel = 1; /* without sources there are none */
    progress.pixels_per_report = EVALUATIONS_PER_REPORT / evaluations_per_pixel + 1;
    progress.last_percent = -1;
    show(&progress, 0);
    return progress;
}

void progress_pixel_done(struct progress *progress, struct progress_share *share)
{
    if (++share->pixels >= progress->pixels_per_report)
        progress_flush(progress, share);
}

void progress_flush(struct progress *progress, struct progress_share *share)
{
#ifdef _OPENMP
#pragma omp critical(progress)
#endif
    {
        progress->done_pixels += share->pixels;
        if (share->pixels > 0)
            show(progress, (int)(progress->done_pixels * 100 / progress->total_pixels));
    }
    share->pixels = 0;
}

void progress_finish(struct progress *progress)
{
    show(progress, 100);
}
