/*
 * The map from input devices of Linux to pods: a text that a user can read and change. What is
 * compiled in is such a text, too (pod_map_default.c); a user's file is laid over it and says only
 * what is to be otherwise.
 *
 * A line is a directive, or a section "[DEVICE]": what follows is for devices whose name matches
 * that, with * and ?, or that are VENDOR:PRODUCT, four hexadecimal digits each or *. Lines in front
 * of the first section are for all. The later line wins. docs/event-broker.md, "The map", has them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/buffer.h"

#define POD_MAP_SIZE_MAX (256u << 10) /* octets of a file */
#define POD_MAP_LINE_MAX 255u         /* octets */
#define POD_MAP_RULES_MAX 8192u       /* in one map */
#define POD_MAP_SECTIONS_MAX 256u
#define POD_MAP_SCREEN_MAX 65535

/* What a device, or a part of it, is a pod as. */
enum pod_kind {
    POD_KIND_PAD,
    POD_KIND_STICK,
    POD_KIND_MOUSE,
    POD_KIND_KEYBOARD,
    POD_KIND_TOUCH,
    POD_KINDS
};

enum pod_axis { POD_AXIS_NONE, POD_AXIS_HORIZONTAL, POD_AXIS_VERTICAL, POD_AXIS_DEPTH };

/* What one event of Linux's does to a pod. One that does nothing hides an earlier one. */
struct pod_rule {
    uint16_t type, code; /* EV_KEY, EV_REL, EV_ABS */
    uint8_t kind;        /* enum pod_kind */
    uint8_t axis;        /* enum pod_axis */
    bool is_reversed;    /* of an axis */
    bool is_spare;       /* only where nothing else of the device does the same */
    uint32_t low;        /* buttons at an absolute axis's low end */
    uint32_t high;       /* buttons of a key, or at the high end; of a keyboard the key's code */
};

/* All that a map says of one device. */
struct pod_profile {
    struct pod_rule *rules; /* owned */
    size_t n_rules, room;
    bool has_kinds; /* else what the device is like decides */
    bool is_grabbed;
    bool touch_is_mouse;
    uint8_t kinds; /* 1 << enum pod_kind */
    int32_t width, height;
};

struct pod_map_fault {
    unsigned line; /* from 1; 0: of no line */
    char text[160];
};

struct pod_map;

/* What is compiled in; pod_map_destroy() it. */
VIA_MUST_USE enum via_status pod_map_create(struct pod_map **mapp);
struct pod_map *pod_map_destroy(struct pod_map *map);

/* Lays @text over it. VIA_INVALID, VIA_TOO_LARGE: @fault has words, and @map is as it was. */
VIA_MUST_USE enum via_status pod_map_read(struct pod_map *map, const char *text, size_t size,
                                          struct pod_map_fault *fault);
/* All of it, without comments, as pod_map_read() takes it. */
void pod_map_write(const struct pod_map *map, struct buffer *out);

/* For one device; pod_profile_deinit() it. */
VIA_MUST_USE enum via_status pod_map_profile(const struct pod_map *map, const char *name,
                                             uint16_t vendor, uint16_t product,
                                             struct pod_profile *profile);
void pod_profile_deinit(struct pod_profile *profile);

/* The text that is compiled in, with its comments: its lines, the last one NULL. */
extern const char *const pod_map_default[];
