/*
 * Both sides of the pipe: one order in, one line of figures out.
 */
#include "tests/bench/driver.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/suites.h"

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
        order.in_turns = strtoul(end, &end, 10) != 0;
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

int driver_ask(struct child *driver, const struct order *order, struct figures *figures)
{
    char line[64], answer[128];
    (void)snprintf(line, sizeof line, "%zu %u %u %d", order->size, order->outstanding, order->n,
                   order->in_turns);
    if (child_ask(driver, line, answer, sizeof answer) != 0)
        return 1;
    char *end = answer;
    figures->p50_us = strtod(end, &end);
    figures->p99_us = strtod(end, &end);
    figures->per_second = strtod(end, &end);
    return 0;
}

int driver_ask_often(struct child *driver, const struct order *order, unsigned n_times,
                     struct figures *medians)
{
    double p50[SUITES_ROUNDS_MAX], p99[SUITES_ROUNDS_MAX], rate[SUITES_ROUNDS_MAX];
    for (unsigned i = 0; i < n_times; i++) {
        struct figures figures;
        if (driver_ask(driver, order, &figures) != 0)
            return 1;
        p50[i] = figures.p50_us;
        p99[i] = figures.p99_us;
        rate[i] = figures.per_second;
    }
    *medians = (struct figures){.p50_us = figures_median(p50, n_times),
                                .p99_us = figures_median(p99, n_times),
                                .per_second = figures_median(rate, n_times)};
    return 0;
}
