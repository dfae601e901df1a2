/*
 * Items of devices and filesystems: a number, which events have, and a name, which is asked for by
 * it. What has the same name in the same class has the same number, as long as that is known.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/portfolio_name.h"
#include "gateway/event_broker/limits.h"

#define STAND_IN_CLASS_SIZE 32u /* octets with the NUL */

struct stand_in {
    uint32_t number;
    uint64_t told; /* when it was last asked for to be told, by a count */
    char class[STAND_IN_CLASS_SIZE];
    char name[PORTFOLIO_NAME_MAX + 1];
};

struct stand_ins {
    struct stand_in *all[STAND_INS_MAX]; /* owned */
    size_t n;
    uint64_t n_told;
};

void stand_ins_deinit(struct stand_ins *stand_ins);
/* Its number, which is to be told now; 0: it has none. */
uint32_t stand_ins_number(struct stand_ins *stand_ins, const char *class, const char *name);
/* Class and name, which fit, get @number. If there are STAND_INS_MAX, the one that was told longest
 * ago is forgotten. */
VIA_MUST_USE enum via_status stand_ins_add(struct stand_ins *stand_ins, const char *class,
                                           const char *name, uint32_t number);
/* NULL: none has @number. */
const char *stand_ins_name(const struct stand_ins *stand_ins, uint32_t number);
