/* The progress meter: lines `N% done` on stdout, one per percent, never going back. */
#ifndef BRAGGSCOPE_PROGRESS_H
#define BRAGGSCOPE_PROGRESS_H

struct progress {
    int shown;
    long long total_pixels, done_pixels, pixels_per_report;
    int last_percent;
};

/* Pixels that a thread has finished and not reported: reporting each makes threads wait. */
struct progress_share {
    long long pixels;
};

struct progress progress_start(const int bounds[4], long long evaluations_per_pixel, int shown);

void progress_pixel_done(struct progress *progress, struct progress_share *share);

void progress_flush(struct progress *progress, struct progress_share *share);

void progress_finish(struct progress *progress);

#endif
