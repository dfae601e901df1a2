/*
 * Rows: what the benchmark reports, as text and as JSON. Names are stable: a later run is compared
 * by them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum rows_aim { ROWS_NO_AIM, ROWS_AT_MOST, ROWS_AT_LEAST };

struct row {
    char name[64];
    double value;
    const char *unit;
    const char *against; /* what the ratio is to; NULL: no ratio */
    double ratio;
    double p99; /* 0: none */
    enum rows_aim kind;
    double aim;       /* for the ratio, or for the value where there is no ratio */
    const char *note; /* to be read beside it; NULL: none */
};

void rows_add(const struct row *row);
void rows_print(void);
/* Writes all rows as JSON to @path, whole or not at all. 0 on success. */
int rows_write(const char *path);
/* How many aims were missed. */
size_t rows_missed(void);
