/*
 * Devices stand in the order in which they came, services in that in which they were published. A
 * device that is here has a record, and so has a service that is not taken back yet.
 */
#include "bridge/hdf/host_records.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"

struct record {
    struct DListHead among_all;
    struct DListHead among_services;
    uint32_t host, id;
    bool is_here;      /* launched */
    bool is_published; /* in the list of services */
    struct host_message last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct DListHead records = {&records, &records};
static struct DListHead services = {&services, &services};
static const struct device_info *configured;
static host_status_fn told;

void host_records_init(const struct device_info *info, host_status_fn status)
{
    configured = info;
    told = status;
}

/* ---- all with the lock held ---- */

static struct record *find(uint32_t host, uint32_t id)
{
    struct record *record;
    DLIST_FOR_EACH_ENTRY(record, &records, struct record, among_all)
    {
        if (record->host == host && record->id == id)
            return record;
    }
    return NULL;
}

static struct record *find_or_make(uint32_t host, uint32_t id)
{
    struct record *record = find(host, id);
    if (record != NULL)
        return record;
    record = calloc(1, sizeof *record);
    if (record == NULL)
        return NULL;
    record->host = host;
    record->id = id;
    DListInsertTail(&record->among_all, &records);
    return record;
}

static void tell(const struct record *record, enum ServiceStatusType type)
{
    const struct host_message *said = &record->last;
    told(said->service, said->device_class, type, said->info);
}

static void unpublish(struct record *record)
{
    if (!record->is_published)
        return;
    record->is_published = false;
    DListRemove(&record->among_services);
    tell(record, SERVIE_STATUS_STOP);
}

static void free_if_gone(struct record *record)
{
    if (record->is_here || record->is_published)
        return;
    DListRemove(&record->among_all);
    free(record);
}

static void take(struct record *record, const struct host_message *message)
{
    switch (message->change) {
    case DEVICE_CAME:
        record->is_here = true;
        record->last = *message;
        break;
    case DEVICE_SERVICE_STARTED:
        record->last = *message;
        if (!record->is_published)
            DListInsertTail(&record->among_services, &services);
        record->is_published = true;
        tell(record, SERVIE_STATUS_START);
        break;
    case DEVICE_SERVICE_CHANGED:
        record->last = *message;
        if (record->is_published)
            tell(record, SERVIE_STATUS_CHANGE);
        break;
    case DEVICE_SERVICE_STOPPED:
        unpublish(record);
        break;
    case DEVICE_WENT:
        record->is_here = false;
        break;
    }
}

/* ---- from children ---- */

void host_records_take(uint32_t host, const struct host_message *message)
{
    (void)pthread_mutex_lock(&lock);
    struct record *record = find_or_make(host, message->id);
    if (record != NULL) {
        take(record, message);
        free_if_gone(record);
    } else {
        log_error("hdf.host.record", "device=%s why=\"no memory\"", message->name);
    }
    (void)pthread_mutex_unlock(&lock);
}

void host_records_end(uint32_t host)
{
    struct record *record, *next;
    (void)pthread_mutex_lock(&lock);
    DLIST_FOR_EACH_ENTRY_SAFE(record, next, &records, struct record, among_all)
    {
        if (record->host != host)
            continue;
        record->is_here = false;
        unpublish(record);
        free_if_gone(record);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* ---- for dev_mgr ---- */

static size_t count(const struct device_info_host *host)
{
    size_t n = 0;
    const struct record *record;
    DLIST_FOR_EACH_ENTRY(record, &records, struct record, among_all)
    {
        n += record->is_here && (host == NULL || record->host == host->id);
    }
    return n;
}

size_t host_records_count(void)
{
    (void)pthread_mutex_lock(&lock);
    size_t n = count(NULL);
    (void)pthread_mutex_unlock(&lock);
    return n;
}

bool host_records_list_class(uint32_t device_class, struct HdfSBuf *reply)
{
    bool has_room = true;
    const struct record *record;
    (void)pthread_mutex_lock(&lock);
    DLIST_FOR_EACH_ENTRY(record, &services, struct record, among_services)
    {
        if (record->last.device_class == device_class)
            has_room = has_room && HdfSbufWriteString(reply, record->last.service);
    }
    (void)pthread_mutex_unlock(&lock);
    return has_room && HdfSbufWriteString(reply, NULL);
}

bool host_records_list_services(struct HdfSBuf *reply)
{
    bool has_room = true;
    const struct record *record;
    (void)pthread_mutex_lock(&lock);
    DLIST_FOR_EACH_ENTRY(record, &services, struct record, among_services)
    {
        const struct host_message *said = &record->last;
        has_room = has_room && HdfSbufWriteString(reply, said->service) &&
                   HdfSbufWriteUint16(reply, said->device_class) &&
                   HdfSbufWriteUint32(reply, record->id);
    }
    (void)pthread_mutex_unlock(&lock);
    return has_room && HdfSbufWriteString(reply, NULL);
}

/* With the lock held. */
static bool list_host(const struct device_info_host *host, struct HdfSBuf *reply)
{
    bool has_room = HdfSbufWriteString(reply, host->name) && HdfSbufWriteUint32(reply, host->id) &&
                    HdfSbufWriteUint32(reply, (uint32_t)count(host));
    const struct record *record;
    DLIST_FOR_EACH_ENTRY(record, &records, struct record, among_all)
    {
        if (record->is_here && record->host == host->id)
            has_room = has_room && HdfSbufWriteString(reply, record->last.name) &&
                       HdfSbufWriteUint32(reply, record->id) &&
                       HdfSbufWriteString(reply, record->last.service);
    }
    return has_room;
}

bool host_records_list_devices(struct HdfSBuf *reply)
{
    bool has_room = true;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < configured->n_hosts; i++)
        has_room = has_room && list_host(&configured->hosts[i], reply);
    (void)pthread_mutex_unlock(&lock);
    return has_room && HdfSbufWriteString(reply, NULL);
}
