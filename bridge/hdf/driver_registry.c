/*
 * Modules register their drivers when they are loaded, by a constructor that HDF_INIT() makes. One
 * that was built for another framework exports a pointer to its entry, driverDesc, instead. Modules
 * stay loaded: a driver's code may run until the process ends.
 */
#include "bridge/hdf/driver_registry.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/log.h"

struct known_driver {
    struct known_driver *next;
    const struct HdfDriverEntry *entry;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct known_driver *known; /* the newest first */

int32_t HdfRegisterDriverEntry(const struct HdfDriverEntry *entry)
{
    if (entry == NULL || entry->moduleName == NULL)
        return HDF_ERR_INVALID_OBJECT;
    struct known_driver *driver = malloc(sizeof *driver);
    if (driver == NULL)
        return HDF_ERR_MALLOC_FAIL;
    driver->entry = entry;
    (void)pthread_mutex_lock(&lock);
    driver->next = known;
    known = driver;
    (void)pthread_mutex_unlock(&lock);
    return HDF_SUCCESS;
}

int32_t HdfUnregisterDriverEntry(const struct HdfDriverEntry *entry)
{
    if (entry == NULL)
        return HDF_ERR_INVALID_OBJECT;
    (void)pthread_mutex_lock(&lock);
    struct known_driver **link = &known;
    while (*link != NULL && (*link)->entry != entry)
        link = &(*link)->next;
    struct known_driver *driver = *link;
    if (driver != NULL)
        *link = driver->next;
    (void)pthread_mutex_unlock(&lock);
    free(driver);
    return HDF_SUCCESS;
}

static const struct HdfDriverEntry *find(const char *module_name)
{
    (void)pthread_mutex_lock(&lock);
    const struct known_driver *driver = known;
    while (driver != NULL && strcmp(driver->entry->moduleName, module_name) != 0)
        driver = driver->next;
    const struct HdfDriverEntry *entry = driver != NULL ? driver->entry : NULL;
    (void)pthread_mutex_unlock(&lock);
    return entry;
}

static const struct HdfDriverEntry *newest(void)
{
    (void)pthread_mutex_lock(&lock);
    const struct HdfDriverEntry *entry = known != NULL ? known->entry : NULL;
    (void)pthread_mutex_unlock(&lock);
    return entry;
}

/* The driver in a module that has just been loaded: by its name, else the one it has. */
static const struct HdfDriverEntry *driver_in(void *module, const char *module_name,
                                              const struct HdfDriverEntry *before)
{
    const struct HdfDriverEntry *entry = find(module_name);
    if (entry != NULL)
        return entry;
    if (newest() != before)
        return newest();
    const struct HdfDriverEntry **exported = dlsym(module, "driverDesc");
    return exported != NULL ? *exported : NULL;
}

static const struct HdfDriverEntry *load(const char *path, const char *module_name)
{
    const struct HdfDriverEntry *before = newest();
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        log_error("hdf.driver.not_loaded", "path=%s why=\"%s\"", path, dlerror());
        return NULL;
    }
    const struct HdfDriverEntry *entry = driver_in(module, module_name, before);
    if (entry == NULL) {
        log_error("hdf.driver.none_in", "path=%s driver=%s", path, module_name);
        (void)dlclose(module);
    }
    return entry;
}

const struct HdfDriverEntry *driver_find(const char *module_name, const char *folder)
{
    static const char *const ends[][2] = {{"", ""}, {"lib", ".so"}, {"", ".so"}};
    const struct HdfDriverEntry *entry = find(module_name);
    if (entry != NULL || folder == NULL)
        return entry;
    if (strchr(module_name, '/') != NULL) {
        log_error("hdf.driver.not_loaded", "driver=%s why=\"a module's name has no '/'\"",
                  module_name);
        return NULL;
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[4096];
        int size =
            snprintf(path, sizeof path, "%s/%s%s%s", folder, ends[i][0], module_name, ends[i][1]);
        if (size > 0 && (size_t)size < sizeof path && access(path, R_OK) == 0)
            return load(path, module_name);
    }
    log_error("hdf.driver.not_found", "driver=%s folder=%s", module_name, folder);
    return NULL;
}
