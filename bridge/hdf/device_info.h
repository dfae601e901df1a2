/*
 * The device_info of a configuration: which hosts there are, and which drivers each of them loads.
 *
 * The tree has four levels: device_info (found by match_attr, not by name), hosts, devices,
 * deviceNodes. What is wrong with a host, a device or a node costs that one alone, with a warning.
 */
#pragma once

#include "codecs/hcs_tree.h"

#define DEVICE_INFO_MATCH "hdf_manager"
#define DEVICE_INFO_HOSTS_MAX 256u /* a device id has 8 bits for the host */
#define DEVICE_INFO_NODES_MAX 128u /* of a device, from 1; from 129 on they are dynamic */
#define DEVICE_INFO_PRIORITY_MAX 200u
#define DEVICE_INFO_PRIORITY_DEFAULT 100u
#define DEVICE_INFO_POLICY_MAX 4u
#define DEVICE_INFO_PRELOAD_MAX 2u
#define DEVICE_INFO_PERMISSION_DEFAULT 0666u

/* A deviceNode: one driver. Strings are the tree's. */
struct device_info_node {
    const char *name;       /* of its node */
    const char *device;     /* of its device's node */
    const char *module;     /* never empty */
    const char *service;    /* "": nothing is published */
    const char *match_attr; /* of its private configuration; NULL: none */
    struct hcs_place place;
    uint32_t id;         /* host << 24 | device << 8 | node */
    uint32_t permission; /* as written: publishing fails above 0777 */
    uint16_t priority;
    uint8_t policy;
    uint8_t preload;
};

struct device_info_host {
    const char *name; /* hostName, never empty */
    struct hcs_place place;
    const struct device_info_node *nodes; /* by priority; equal ones as in the file */
    size_t n_nodes;                       /* may be 0 */
    uint16_t priority;
    uint8_t id;
};

struct device_info {
    const struct device_info_host *hosts; /* by priority; equal ones as in the file */
    size_t n_hosts;
    struct arena arena; /* holds all of it but the strings */
};

/* What was left out, or not taken as it was written, and where. @text is borrowed. */
typedef void (*device_info_warn_fn)(void *user, const struct hcs_place *place, const char *text);

/* @tree is borrowed as long as *infop is used. @warn may be NULL. VIA_NOT_FOUND: @tree has no
 * device_info. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status device_info_create(struct device_info **infop,
                                                const struct hcs_tree *tree,
                                                device_info_warn_fn warn, void *user);
struct device_info *device_info_destroy(struct device_info *info);
