/*
 * What a driver host runs: the configuration's device_info, and its tree as drivers read it.
 */
#pragma once

#include "bridge/hdf/device_info.h"
#include "bridge/hdf/device_resource.h"
#include "codecs/hcs_tree.h"

struct host_config {
    struct hcs_tree *tree; /* owned */
    struct device_info *info;
    struct device_resource *resource;
};

/* False: it cannot be used, and has been told on standard error. What of it is left out is told
 * there too if @tells. */
bool host_config_load(struct host_config *config, const char *path, bool tells);
void host_config_unload(struct host_config *config);
/* The one of that id, or NULL. */
const struct device_info_host *host_config_host(const struct host_config *config, uint32_t id);
/* What is for demand by this service's name, or NULL; *hostp is where. */
const struct device_info_node *host_config_on_demand(const struct host_config *config,
                                                     const char *service,
                                                     const struct device_info_host **hostp);
