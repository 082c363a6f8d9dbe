#include "statistics.h"

#include <math.h>

struct sums {
    double sum, sum_of_squares;
    double count;
};

static double at_least(double value, double least)
{
    return value < least ? least : value;
}

/* Centre of the last sub-pixel of a pixel: where the original stands at the end of it. */
static double last_sub_pixel(const struct scene *scene, int index)
{
    double sub_pixel_m = scene->detector.pixel_m / scene->oversample;
    return sub_pixel_m * ((double)index * scene->oversample + scene->oversample - 1)
           + sub_pixel_m / 2.0;
}

static float value_at(const struct image *image, int slow, int fast)
{
    return image->float32[(size_t)slow * (size_t)image->fpixels + (size_t)fast];
}

/* Maximum, sum and squares of the pixels that were rendered. */
static struct sums sum_up(const struct image *image, const struct scene *scene,
                          const int bounds[4], struct statistics *s)
{
    struct sums sums = {0};

    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++) {
            float value = value_at(image, slow, fast);
            if (detector_masked(&scene->detector, slow, fast))
                continue;
            sums.sum += value;
            sums.sum_of_squares += (double)(float)(value * value);
            sums.count++;
            s->not_finite += !isfinite(value);
            if (value > s->max) {
                s->max = value;
                s->max_fast_m = last_sub_pixel(scene, fast);
                s->max_slow_m = last_sub_pixel(scene, slow);
            }
        }
    return sums;
}

/* Over all pixels of the region of interest, masked ones too (Q51). */
static double root_mean_square_deviation(const struct image *image, const int bounds[4],
                                         double mean)
{
    double sum = 0.0, count = 0.0;
    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++, count++) {
            double deviation = value_at(image, slow, fast) - mean;
            sum += deviation * deviation;
        }
    return sqrt(sum / (at_least(count, 2.0) - 1.0));
}

struct statistics statistics_of(const struct image *image, const struct scene *scene)
{
    struct statistics s = {0};
    int bounds[4];

    detector_clipped_roi(&scene->detector, bounds);
    for (int slow = 0; slow < image->spixels; slow++)
        s.solid_angle += image->row_solid_angle[slow];
    s.solid_angle /= (double)scene->steps;

    struct sums sums = sum_up(image, scene, bounds, &s);
    s.mean = sums.sum / at_least(sums.count, 1.0);
    s.rms = sqrt(sums.sum_of_squares / (at_least(sums.count, 2.0) - 1.0));
    s.rmsd = root_mean_square_deviation(image, bounds, s.mean);
    return s;
}
