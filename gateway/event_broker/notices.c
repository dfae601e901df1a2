/*
 * The bell is an object of this process whose calls arrive in the queue that the broker's thread
 * waits for. Where memory is too short to ring it, the next that arrives wakes the thread as well.
 */
#include "gateway/event_broker/notices.h"

#include "bridge/log.h"

void notices_init(struct notices *notices, struct via_proxy *bell)
{
    (void)pthread_mutex_init(&notices->lock, NULL);
    notices->first = NULL;
    notices->last = &notices->first;
    notices->bell = bell;
}

void notices_deinit(struct notices *notices)
{
    (void)pthread_mutex_destroy(&notices->lock);
}

void notices_post(struct notices *notices, struct notice *notice)
{
    (void)pthread_mutex_lock(&notices->lock);
    notice->next = NULL;
    *notices->last = notice;
    notices->last = &notice->next;
    (void)pthread_mutex_unlock(&notices->lock);
    notices_wake(notices);
}

void notices_wake(struct notices *notices)
{
    const enum via_status status = via_proxy_send(notices->bell, 0, NULL);
    if (status != VIA_OK && status != VIA_DEAD)
        log_warn("event_broker.bell", "status=%s", via_status_name(status));
}

struct notice *notices_take(struct notices *notices)
{
    (void)pthread_mutex_lock(&notices->lock);
    struct notice *notice = notices->first;
    if (notice != NULL) {
        notices->first = notice->next;
        if (notices->first == NULL)
            notices->last = &notices->first;
    }
    (void)pthread_mutex_unlock(&notices->lock);
    return notice;
}
