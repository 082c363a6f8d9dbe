#include "printout.h"

#include <stdio.h>

static void print_pixel(const struct image *image, const struct scene *scene, int slow, int fast)
{
    struct pixel_start start = image_start_of(image, scene, slow, fast);
    struct evaluation last = {0};
    struct pixel_result r = pixel_render(scene, slow, fast, start, NULL, &last);

    printf("pixel fast %d slow %d : stol= %g X= %g Y= %g Z= %g\n", fast, slow, r.stol,
           r.position.x, r.position.y, r.position.z);
    printf("  h= %g k= %g l= %g F_cell= %g F_latt= %g\n", last.hkl.x, last.hkl.y, last.hkl.z,
           last.f_cell, last.lattice.value);
    printf("  I= %g I/steps= %g polar= %g omega= %g capfrac= %g pixel= %g\n", r.intensity,
           r.intensity / (double)scene->steps, r.polar, r.omega, r.capture, r.photons);
}

/* Pixels are rendered once more: the report comes in serial order, the image in any. */
void printout_print(const struct image *image, const struct scene *scene,
                    const struct options *options)
{
    const int *only = options->output.printout_pixel;
    int bounds[4];

    if (!options->output.printout)
        return;
    detector_clipped_roi(&scene->detector, bounds);
    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++)
            if ((only[0] < 0 || fast == only[0]) && (only[1] < 0 || slow == only[1])
                && !detector_masked(&scene->detector, slow, fast))
                print_pixel(image, scene, slow, fast);
    for (int i = 0; i < 3; i++)
        printf("  cell %c= %g %g %g m\n", "abc"[i], scene->cell.direct_m.v[i].x,
               scene->cell.direct_m.v[i].y, scene->cell.direct_m.v[i].z);
}
