/*
 * The driver's side of the pipe: one order in, one line of figures out.
 */
#include "tests/bench/driver.h"

#include <stdio.h>
#include <stdlib.h>

int driver_serve(driver_run_fn run, void *user)
{
    char line[128];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct order order;
        char *end = line;
        order.size = strtoul(end, &end, 10);
        order.outstanding = (unsigned)strtoul(end, &end, 10);
        order.n = (unsigned)strtoul(end, &end, 10);
        if (order.n == 0 || order.outstanding == 0) {
            fprintf(stderr, "bench: a bad order: %s", line);
            return 2;
        }
        uint64_t *ns = calloc(order.n, sizeof *ns);
        if (ns == NULL)
            return 1;
        uint64_t start = figures_now_ns();
        if (run(user, &order, ns) != 0) {
            free(ns);
            return 1;
        }
        struct figures figures = figures_of(ns, order.n, figures_now_ns() - start);
        free(ns);
        printf("%.3f %.3f %.1f\n", figures.p50_us, figures.p99_us, figures.per_second);
        fflush(stdout);
    }
    return 0;
}
