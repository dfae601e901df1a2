/*
 * Requests wait in a list for their answers, each on the thread of the one who asked.
 */
#include "bridge/hdf/host_requests.h"

#include <pthread.h>

#include "bridge/hdf/device_info.h"

struct request {
    struct DListHead link;
    uint32_t host, serial;
    bool is_answered;
    int32_t status;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct DListHead requests = {&requests, &requests};
static int sockets[DEVICE_INFO_HOSTS_MAX]; /* one more than the descriptor; 0: it does not run */
static uint32_t last_serial;

/* With the lock held. */
static bool send_request(const struct request *request, enum host_message_kind kind, uint32_t id)
{
    const struct host_message message = {.kind = kind, .serial = request->serial, .id = id};
    return sockets[request->host] != 0 &&
           host_message_send(sockets[request->host] - 1, &message, false);
}

int32_t host_requests_ask(uint32_t host, enum host_message_kind kind, uint32_t id)
{
    struct request request = {.host = host, .status = HDF_FAILURE};
    (void)pthread_mutex_lock(&lock);
    request.serial = ++last_serial;
    if (send_request(&request, kind, id)) {
        DListInsertTail(&request.link, &requests);
        while (!request.is_answered)
            (void)pthread_cond_wait(&answered, &lock);
        DListRemove(&request.link);
    }
    (void)pthread_mutex_unlock(&lock);
    return request.status;
}

void host_requests_begin(uint32_t host, int socket)
{
    (void)pthread_mutex_lock(&lock);
    sockets[host] = socket + 1;
    (void)pthread_mutex_unlock(&lock);
}

/* With the lock held. */
static void end(uint32_t host)
{
    struct request *request;
    sockets[host] = 0;
    DLIST_FOR_EACH_ENTRY(request, &requests, struct request, link)
    {
        if (request->host == host)
            request->is_answered = true;
    }
}

void host_requests_end(uint32_t host)
{
    (void)pthread_mutex_lock(&lock);
    end(host);
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&answered);
}

void host_requests_close(void)
{
    (void)pthread_mutex_lock(&lock);
    for (uint32_t host = 0; host < DEVICE_INFO_HOSTS_MAX; host++)
        end(host);
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&answered);
}

void host_requests_take(uint32_t host, const struct host_message *answer)
{
    struct request *request;
    (void)pthread_mutex_lock(&lock);
    DLIST_FOR_EACH_ENTRY(request, &requests, struct request, link)
    {
        if (request->host != host || request->serial != answer->serial || request->is_answered)
            continue;
        request->is_answered = true;
        request->status = answer->status;
    }
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&answered);
}
