/*
 * Lists of arguments, in an array or one by one in a call.
 */
#pragma once

#include <stdarg.h>

#include "include/portfolio/types.h"

struct tags {
    const TagArg *next; /* borrowed; NULL: see below */
    va_list *rest;      /* borrowed; NULL: all is in the array */
    uint32 first;       /* the tag before @rest */
    unsigned int n_jumps;
};

/* @list may be NULL: it is empty. */
void tags_init(struct tags *tags, const TagArg *list);
/* @first is the tag that comes before @rest, which a caller began and ends. */
void tags_init_rest(struct tags *tags, uint32 first, va_list *rest);
/* 1: *argument is the next one; 0: there is none any more; BADPTR: it jumps for ever. */
int32 tags_next(struct tags *tags, TagArg *argument);
/* What numbers travel in. */
uint32 tags_number(const TagArg *argument);
