#include "statistics.h"

#include "constants.h"
#include "messages.h"

#include <math.h>
#include <stdio.h>

struct sums {
    double max, max_fast_m, max_slow_m;
    double sum, sum_of_squares;
    double count;
    long long not_finite;
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

static struct sums sum_up(const struct image *image, const struct scene *scene, const int bounds[4])
{
    struct sums s = {0};

    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++) {
            float value = image->float32[(size_t)slow * (size_t)image->fpixels + (size_t)fast];
            s.sum += value;
            s.sum_of_squares += (double)(float)(value * value);
            s.count++;
            s.not_finite += !isfinite(value);
            if (value > s.max) {
                s.max = value;
                s.max_fast_m = last_sub_pixel(scene, fast);
                s.max_slow_m = last_sub_pixel(scene, slow);
            }
        }
    return s;
}

static double sum_of_deviations(const struct image *image, const int bounds[4], double mean)
{
    double sum = 0.0;
    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++) {
            double deviation =
                image->float32[(size_t)slow * (size_t)image->fpixels + (size_t)fast] - mean;
            sum += deviation * deviation;
        }
    return sum;
}

void statistics_print(const struct image *image, const struct scene *scene)
{
    int bounds[4];
    detector_clipped_roi(&scene->detector, bounds);
    struct sums s = sum_up(image, scene, bounds);

    double solid_angle = 0.0;
    for (int slow = 0; slow < image->spixels; slow++)
        solid_angle += image->row_solid_angle[slow];
    solid_angle /= (double)scene->steps;

    double mean = s.sum / at_least(s.count, 1.0);
    double n_minus_1 = at_least(s.count, 2.0) - 1.0;
    printf("solid angle subtended by detector = %g steradian ( %g%% sphere)\n", solid_angle,
           100.0 * solid_angle / (4.0 * PI));
    printf("max_I = %g  at %g %g\n", s.max, s.max_fast_m, s.max_slow_m);
    printf("mean= %g rms= %g rmsd= %g\n", mean, sqrt(s.sum_of_squares / n_minus_1),
           sqrt(sum_of_deviations(image, bounds, mean) / n_minus_1));
    if (s.not_finite > 0)
        warn("%lld pixels are not finite numbers; look for extreme values on the command line",
             s.not_finite);
}
