/*
 * Rows.
 */
#include "tests/bench/rows.h"

#include <stdio.h>
#include <string.h>

#define ROWS_MAX 512u

static struct row rows[ROWS_MAX];
static size_t n_rows;

void rows_add(const struct row *row)
{
    if (n_rows < ROWS_MAX)
        rows[n_rows++] = *row;
}

static bool is_met(const struct row *row)
{
    double measured = row->against == NULL ? row->value : row->ratio;
    return row->kind == ROWS_AT_MOST ? measured <= row->aim : measured >= row->aim;
}

size_t rows_missed(void)
{
    size_t missed = 0;
    for (size_t i = 0; i < n_rows; i++)
        missed += rows[i].kind != ROWS_NO_AIM && !is_met(&rows[i]);
    return missed;
}

void rows_print(void)
{
    printf("%-42s %12s %-9s %10s %8s  %s\n", "name", "median", "", "p99", "ratio", "against, aim");
    for (size_t i = 0; i < n_rows; i++) {
        const struct row *row = &rows[i];
        printf("%-42s %12.2f %-9s ", row->name, row->value, row->unit);
        if (row->p99 > 0)
            printf("%10.2f ", row->p99);
        else
            printf("%10s ", "");
        if (row->against != NULL)
            printf("%8.2f  %s", row->ratio, row->against);
        else
            printf("%8s  ", "");
        if (row->kind != ROWS_NO_AIM)
            printf("%s%s %.2f: %s", row->against == NULL ? "" : ", ",
                   row->kind == ROWS_AT_MOST ? "at most" : "at least", row->aim,
                   is_met(row) ? "met" : "MISSED");
        if (row->note != NULL)
            printf("  (%s)", row->note);
        putchar('\n');
    }
}

int rows_write(const char *path)
{
    char part[512];
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return 1;
    FILE *file = fopen(part, "we");
    if (file == NULL)
        return 1;
    fputs("[\n", file);
    for (size_t i = 0; i < n_rows; i++) {
        const struct row *row = &rows[i];
        fprintf(file, "  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"", row->name,
                row->value, row->unit);
        if (row->p99 > 0)
            fprintf(file, ", \"p99\": %.4f", row->p99);
        if (row->against != NULL)
            fprintf(file, ", \"against\": \"%s\", \"ratio\": %.4f", row->against, row->ratio);
        if (row->kind != ROWS_NO_AIM)
            fprintf(file, ", \"aim\": \"%s %.2f\", \"met\": %s",
                    row->kind == ROWS_AT_MOST ? "at most" : "at least", row->aim,
                    is_met(row) ? "true" : "false");
        if (row->note != NULL)
            fprintf(file, ", \"note\": \"%s\"", row->note);
        fprintf(file, "}%s\n", i + 1 < n_rows ? "," : "");
    }
    fputs("]\n", file);
    return fclose(file) != 0 || rename(part, path) != 0;
}
