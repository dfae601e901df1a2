/*
 * A child process of the benchmark: started with pipes, asked, measured and ended.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct child {
    pid_t pid; /* 0: none */
    FILE *in;  /* its standard input */
    FILE *out; /* its standard output */
};

/* Starts argv[0] (a path) with @environment (NULL-terminated "KEY=value" additions, may be NULL)
 * and reads its first line, which begins with @greeting; the rest of the line goes to @words (@size
 * octets). 0 on success. */
int child_start(struct child *child, const char *const argv[], const char *const environment[],
                const char *greeting, char *words, size_t size);
/* One line to it, one line back. 0 on success. */
int child_ask(struct child *child, const char *line, char *answer, size_t size);
/* Closes its input, asks it to end and waits for it. */
void child_end(struct child *child);

struct child_cost {
    uint64_t cpu_ns;   /* time on a core, all threads and children */
    uint64_t switches; /* voluntary context switches: each is followed by a wake-up */
};
struct child_cost child_cost(const struct child *child);
