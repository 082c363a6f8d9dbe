/* Gaussian and Poisson deviates (spec 12.3 and 12.6): single precision between the steps. */
#include "constants.h"
#include "random.h"

#include <math.h>

static float next(struct random_noise *noise)
{
    return random_next(noise->shuffle, &noise->seed);
}

/* Polar Box-Muller. */
float random_gaussian(struct random_noise *noise)
{
    float v1, v2, rsq;

    if (noise->has_spare) {
        noise->has_spare = 0;
        return noise->spare;
    }
    do {
        v1 = (float)(2.0 * next(noise) - 1.0);
        v2 = (float)(2.0 * next(noise) - 1.0);
        rsq = (float)(v1 * v1) + (float)(v2 * v2);
    } while (rsq >= 1.0f || rsq == 0.0f);
    float factor = (float)sqrt(-2.0 * log((double)rsq) / (double)rsq);
    noise->has_spare = 1;
    noise->spare = v1 * factor;
    return v2 * factor;
}

/* Logarithm of the gamma function, Lanczos series. */
static float log_gamma(float argument)
{
    static const double c[6] = {76.18009172947146,  -86.50532032941677,   24.01409824083091,
                                -1.231739572450155, 0.001208650973866179, -0.000005395239384953};
    double x = argument;
    double w = x + 5.5 - (x + 0.5) * log(x + 5.5);
    double series = 1.000000000190015;
    for (int i = 0; i < 6; i++)
        series += c[i] / (x + (i + 1));
    return (float)(-w + log(2.5066282746310005 * series / x));
}

static float poisson_by_product(struct random_noise *noise, float mean)
{
    float limit = (float)exp(-(double)mean);
    float n = -1.0f, t = 1.0f;
    do {
        n += 1.0f;
        t = t * next(noise);
    } while (t > limit);
    return n;
}

/* Rejection from a Lorentzian. */
static float poisson_by_rejection(struct random_noise *noise, float mean)
{
    float width = (float)sqrt(2.0 * (double)mean);
    float log_mean = (float)log((double)mean);
    float offset = (float)(mean * log_mean) - log_gamma(mean + 1.0f);
    float deviate, accept;

    do {
        float y;
        do {
            y = (float)tan(PI * (double)next(noise));
            deviate = (float)(width * y) + mean;
        } while (deviate < 0.0f);
        deviate = floorf(deviate);
        float exponent = (float)((float)(deviate * log_mean) - log_gamma(deviate + 1.0f)) - offset;
        accept = (float)(0.9 * (double)(float)(1.0f + (float)(y * y)) * exp((double)exponent));
    } while (next(noise) > accept);
    return deviate;
}

float random_poisson(struct random_noise *noise, float mean)
{
    if (isnan(mean))
        return 0.0f;
    if (mean > 1e6f)
        return (float)((double)mean + sqrt((double)mean) * (double)random_gaussian(noise));
    if (mean < 12.0f)
        return poisson_by_product(noise, mean);
    return poisson_by_rejection(noise, mean);
}
