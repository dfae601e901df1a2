/*
 * What one input device of Linux's says, as the states of pods. No I/O: whoever reads the device
 * feeds its events.
 */
#pragma once

#include <linux/input.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "gateway/event_broker/pod_map.h"

#define EVDEV_NAME_MAX 127u      /* octets; longer ones are cut */
#define EVDEV_STATE_SIZE_MAX 32u /* octets of a pod's state */
#define EVDEV_STICK_MAX 1023     /* a stick's axes begin at 0 */
#define EVDEV_STICK_REST 512
#define EVDEV_BITS_SIZE(count) (((count) + 7u) / 8u)

/* What a device is, as the kernel tells. */
struct evdev_traits {
    char name[EVDEV_NAME_MAX + 1];
    uint16_t vendor, product;
    uint8_t props[EVDEV_BITS_SIZE(INPUT_PROP_CNT)];
    uint8_t keys[EVDEV_BITS_SIZE(KEY_CNT)];
    uint8_t rels[EVDEV_BITS_SIZE(REL_CNT)];
    uint8_t axes[EVDEV_BITS_SIZE(ABS_CNT)];
    struct input_absinfo axis[ABS_CNT]; /* of those in @axes */
};

struct evdev_pod {
    uint8_t kind;         /* enum pod_kind */
    uint32_t type, flags; /* PODID_..., POD_Is... */
    bool is_changed;      /* since the report before */
    size_t n_words;       /* of its class's structure */
    uint32_t words[EVDEV_STATE_SIZE_MAX / 4];
};

struct evdev_pods {
    struct evdev_pod pods[POD_KINDS]; /* in the order of enum pod_kind */
    size_t n;
    struct pod_profile profile;    /* owned; only rules for what the device has and is a pod as */
    uint16_t contact;              /* the key that says that a finger is there; 0: none says it */
    bool is_touched, has_place[2]; /* whether place[] counts: else the next one is a beginning */
    int32_t slot, place[2];        /* of the finger that counts, on the screen */
    uint8_t held[EVDEV_BITS_SIZE(KEY_CNT)];
    int32_t value[ABS_CNT];
    struct input_absinfo axis[ABS_CNT];
};

static inline bool evdev_bit(const uint8_t *bits, unsigned bit)
{
    return (bits[bit / 8] >> bit % 8 & 1u) != 0;
}

static inline void evdev_set_bit(uint8_t *bits, unsigned bit, bool is_set)
{
    const unsigned octet = 1u << bit % 8;
    bits[bit / 8] = (uint8_t)(is_set ? bits[bit / 8] | octet : bits[bit / 8] & ~octet);
}

/* What kinds of pod a device is by its nature: 1 << enum pod_kind. */
unsigned evdev_kinds(const struct evdev_traits *traits);

/* With n 0 the device is none. evdev_pods_deinit() it. */
VIA_MUST_USE enum via_status evdev_pods_init(struct evdev_pods *pods,
                                             const struct evdev_traits *traits,
                                             const struct pod_map *map);
void evdev_pods_deinit(struct evdev_pods *pods);

/* One event. At SYN_REPORT the pods' states are what all since the one before came to: true. */
bool evdev_pods_feed(struct evdev_pods *pods, uint16_t type, uint16_t code, int32_t value);

/* The class's structure as it travels; its size. */
size_t evdev_pod_octets(const struct evdev_pod *pod, uint8_t octets[EVDEV_STATE_SIZE_MAX]);
