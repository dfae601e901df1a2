/*
 * Registered names, as the gateway tells of them: no operation waits for them. Those that are there
 * when it begins are read once, so that the first look finds them; what went while they were read
 * is known by then, too.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/phoenix_path.h"
#include "gateway/cli/mount.h"

struct mount_registry {
    pthread_mutex_t lock;
    struct phx_names names;
    struct phx_names gone; /* since it began, until it is complete */
    bool is_complete;
    struct via_subscription *subscription; /* owned */
};

static void told(void *user, enum via_notice notice, const struct via_entry *entry)
{
    struct mount_registry *registry = user;
    (void)pthread_mutex_lock(&registry->lock);
    if (notice == VIA_GONE)
        phx_names_drop(&registry->names, entry->name);
    else
        phx_names_put(&registry->names, entry);
    struct via_entry gone = *entry;
    gone.number = VIA_NUMBER_FIRST; /* any */
    if (!registry->is_complete && notice == VIA_GONE)
        phx_names_put(&registry->gone, &gone);
    else if (!registry->is_complete)
        phx_names_drop(&registry->gone, entry->name);
    (void)pthread_mutex_unlock(&registry->lock);
}

/* One that was there, unless more is known of it. */
static void seen(void *user, const struct via_entry *entry)
{
    struct mount_registry *registry = user;
    (void)pthread_mutex_lock(&registry->lock);
    if (!phx_names_have(&registry->gone, entry->name) &&
        !phx_names_have(&registry->names, entry->name))
        phx_names_put(&registry->names, entry);
    (void)pthread_mutex_unlock(&registry->lock);
}

enum via_status mount_registry_create(struct mount_registry **registryp, struct via_node *node)
{
    struct mount_registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL)
        return VIA_NO_MEMORY;
    (void)pthread_mutex_init(&registry->lock, NULL);
    phx_names_init(&registry->names);
    phx_names_init(&registry->gone);
    enum via_status status = via_node_watch_names(node, PHOENIX_FAMILY, NULL, NULL, told, registry,
                                                  &registry->subscription);
    if (status == VIA_OK)
        status = via_node_list(node, PHOENIX_FAMILY, NULL, seen, registry);
    if (status != VIA_OK) {
        (void)mount_registry_destroy(registry);
        return status;
    }
    (void)pthread_mutex_lock(&registry->lock);
    registry->is_complete = true;
    phx_names_deinit(&registry->gone);
    (void)pthread_mutex_unlock(&registry->lock);
    *registryp = registry;
    return VIA_OK;
}

struct mount_registry *mount_registry_destroy(struct mount_registry *registry)
{
    if (registry == NULL)
        return NULL;
    (void)via_subscription_close(registry->subscription);
    phx_names_deinit(&registry->names);
    phx_names_deinit(&registry->gone);
    (void)pthread_mutex_destroy(&registry->lock);
    free(registry);
    return NULL;
}

bool mount_registry_find(struct mount_registry *registry, const char *path,
                         struct phoenix_oid *oidp, bool *are_belowp)
{
    (void)pthread_mutex_lock(&registry->lock);
    (void)phx_names_finish(&registry->names);
    const struct phoenix_oid *oid = phx_names_find(&registry->names, path);
    if (oid != NULL)
        *oidp = *oid;
    *are_belowp = phx_names_are_below(&registry->names, path);
    (void)pthread_mutex_unlock(&registry->lock);
    return oid != NULL;
}

int32_t mount_registry_list(struct mount_registry *registry, const char *dir,
                            struct phx_listed **listedp, size_t *np)
{
    struct phx_listed *listed = NULL;
    char name[PHX_NAME_MAX + 1];
    struct phoenix_oid oid;
    size_t n = 0, next = 0;
    (void)pthread_mutex_lock(&registry->lock);
    (void)phx_names_finish(&registry->names);
    while (phx_names_next(&registry->names, dir, &next, name, &oid))
        n++;
    if (n > 0)
        listed = calloc(n, sizeof *listed);
    next = 0;
    for (size_t i = 0; listed != NULL && i < n; i++) {
        (void)phx_names_next(&registry->names, dir, &next, listed[i].entry.name,
                             &listed[i].registered);
        listed[i].origin = listed[i].registered.port != 0 ? PHX_REGISTERED : PHX_OF_NAMES;
    }
    (void)pthread_mutex_unlock(&registry->lock);
    if (n > 0 && listed == NULL)
        return -ENOMEM;
    *listedp = listed;
    *np = n;
    return 0;
}
