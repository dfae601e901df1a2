/*
 * There are few enough to look at each.
 */
#include "gateway/event_broker/stand_ins.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void stand_ins_deinit(struct stand_ins *stand_ins)
{
    for (size_t i = 0; i < stand_ins->n; i++)
        free(stand_ins->all[i]);
    stand_ins->n = 0;
}

uint32_t stand_ins_number(struct stand_ins *stand_ins, const char *class, const char *name)
{
    for (size_t i = 0; i < stand_ins->n; i++) {
        struct stand_in *stand_in = stand_ins->all[i];
        if (strcmp(stand_in->class, class) != 0 || strcmp(stand_in->name, name) != 0)
            continue;
        stand_in->told = ++stand_ins->n_told;
        return stand_in->number;
    }
    return 0;
}

static void forget_oldest(struct stand_ins *stand_ins)
{
    size_t oldest = 0;
    for (size_t i = 1; i < stand_ins->n; i++)
        if (stand_ins->all[i]->told < stand_ins->all[oldest]->told)
            oldest = i;
    free(stand_ins->all[oldest]);
    stand_ins->all[oldest] = stand_ins->all[--stand_ins->n];
}

enum via_status stand_ins_add(struct stand_ins *stand_ins, const char *class, const char *name,
                              uint32_t number)
{
    const size_t class_size = strlen(class) + 1, name_size = strlen(name) + 1;
    struct stand_in *stand_in = calloc(1, sizeof *stand_in);
    if (stand_in == NULL)
        return VIA_NO_MEMORY;
    assert(class_size <= sizeof stand_in->class && name_size <= sizeof stand_in->name);
    stand_in->number = number;
    stand_in->told = ++stand_ins->n_told;
    memcpy(stand_in->class, class, class_size);
    memcpy(stand_in->name, name, name_size);
    if (stand_ins->n == STAND_INS_MAX)
        forget_oldest(stand_ins);
    stand_ins->all[stand_ins->n++] = stand_in;
    return VIA_OK;
}

const char *stand_ins_name(const struct stand_ins *stand_ins, uint32_t number)
{
    for (size_t i = 0; i < stand_ins->n; i++)
        if (stand_ins->all[i]->number == number)
            return stand_ins->all[i]->name;
    return NULL;
}
