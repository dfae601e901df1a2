/*
 * Each process of a driver host reads the configuration itself. What is told of it is told where a
 * compiler would: file:line:column.
 */
#include "bridge/hdf/host_config.h"

#include <stdio.h>
#include <string.h>

#include "bridge/hcs_file.h"
#include "include/hdf/hdf_device_desc.h"

static void warn(void *user, const struct hcs_place *place, const char *text)
{
    (void)user;
    (void)fprintf(stderr, "%s:%u:%u: warning: %s\n", place->file, place->line, place->column, text);
}

bool host_config_load(struct host_config *config, const char *path, bool tells)
{
    struct hcs_fault fault = {0};
    *config = (struct host_config){0};
    if (hcs_file_load(path, &config->tree, &fault) != VIA_OK) {
        (void)fprintf(stderr, "%s:%u:%u: %s\n", fault.file, fault.line, fault.column, fault.text);
        return false;
    }
    enum via_status status =
        device_info_create(&config->info, config->tree, tells ? warn : NULL, NULL);
    if (status == VIA_NOT_FOUND)
        (void)fprintf(stderr, "%s: no node has match_attr = \"" DEVICE_INFO_MATCH "\"\n", path);
    if (status == VIA_OK)
        status = device_resource_create(&config->resource, config->tree);
    if (status == VIA_OK)
        return true;
    if (status != VIA_NOT_FOUND)
        (void)fprintf(stderr, "%s: %s\n", path, via_status_name(status));
    host_config_unload(config);
    return false;
}

void host_config_unload(struct host_config *config)
{
    config->resource = device_resource_destroy(config->resource);
    config->info = device_info_destroy(config->info);
    config->tree = hcs_tree_destroy(config->tree);
}

const struct device_info_host *host_config_host(const struct host_config *config, uint32_t id)
{
    for (size_t i = 0; i < config->info->n_hosts; i++)
        if (config->info->hosts[i].id == id)
            return &config->info->hosts[i];
    return NULL;
}

const struct device_info_node *host_config_on_demand(const struct host_config *config,
                                                     const char *service,
                                                     const struct device_info_host **hostp)
{
    for (size_t i = 0; i < config->info->n_hosts; i++) {
        const struct device_info_host *host = &config->info->hosts[i];
        for (size_t k = 0; k < host->n_nodes; k++) {
            const struct device_info_node *node = &host->nodes[k];
            if (node->preload != DEVICE_PRELOAD_DISABLE || strcmp(node->service, service) != 0)
                continue;
            *hostp = host;
            return node;
        }
    }
    return NULL;
}
