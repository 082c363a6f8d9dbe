/* Ten independent chains of fused multiply-adds: as many as any processor has in flight. */
#include "lanes.h"

#ifndef PEAK
#error "PEAK names the function"
#endif

double PEAK(int64_t rounds) {
    dvec chains[10];
    for (int n = 0; n < 10; n++) chains[n] = all(1.0 + n);
    const dvec factor = all(0.999999), summand = all(1e-6);
    for (int64_t round = 0; round < rounds; round++)
        for (int n = 0; n < 10; n++) chains[n] = chains[n] * factor + summand;
    double total = 0.0;
    for (int n = 0; n < 10; n++)
        for (int lane = 0; lane < LANES; lane++) total += chains[n][lane];
    return total;
}
