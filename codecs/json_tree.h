/*
 * JSON files as trees: cJSON behind guards, for configuration and descriptions. What comes out is
 * strict JSON with unique names, no cut strings, and numbers that a double holds exactly.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stddef.h>
#include <viaduct/status.h>

#define JSON_TREE_SIZE_MAX (1u << 20) /* octets of text that json_tree_parse() takes */

struct json_tree_fault {
    unsigned line;   /* from 1 */
    unsigned column; /* from 1, in octets */
    char text[96];   /* what is wrong, without the place */
};

/*
 * *treep is the caller's: cJSON_Delete() it. VIA_BAD_JSON (@fault has words and place),
 * VIA_TOO_LARGE, VIA_NO_MEMORY; @fault is set on every one of them.
 */
VIA_MUST_USE enum via_status json_tree_parse(const char *text, size_t size, cJSON **treep,
                                             struct json_tree_fault *fault);
