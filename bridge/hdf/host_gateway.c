/*
 * Trying again is the library's affair once it has been connected, but not at first.
 */
#include "bridge/hdf/host_gateway.h"

#include <pthread.h>

#include "bridge/hdf/deadline.h"
#include "bridge/hdf/handle.h"
#include "bridge/log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static bool is_over;

static bool try(void)
{
    static bool has_complained;
    struct via_node *node = hdf_node();
    if (node == NULL)
        return false;
    if (via_node_connect(node, 0) == VIA_OK)
        return true;
    if (!has_complained) {
        char words[256];
        via_node_fault(node, words, sizeof words);
        log_warn("hdf.host.waits", "why=\"%s\"", words);
        has_complained = true;
    }
    return false;
}

bool host_gateway_wait(void)
{
    (void)pthread_mutex_lock(&lock);
    while (!is_over) {
        (void)pthread_mutex_unlock(&lock);
        bool is_connected = try();
        (void)pthread_mutex_lock(&lock);
        if (is_connected)
            break;
        struct timespec end = deadline_after((uint64_t)HOST_GATEWAY_RETRY_MS * US_PER_MS);
        if (!is_over)
            (void)pthread_cond_clockwait(&told, &lock, CLOCK_MONOTONIC, &end);
    }
    bool goes_on = !is_over;
    (void)pthread_mutex_unlock(&lock);
    return goes_on;
}

bool host_gateway_is_over(void)
{
    (void)pthread_mutex_lock(&lock);
    bool was_told = is_over;
    (void)pthread_mutex_unlock(&lock);
    return was_told;
}

void host_gateway_stop_waiting(void)
{
    (void)pthread_mutex_lock(&lock);
    is_over = true;
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_cond_broadcast(&told);
}
