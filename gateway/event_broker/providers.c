/*
 * A client is its caller, which is the same for as long as its session lasts, and is nobody else's
 * while a call of it is held.
 */
#include "gateway/event_broker/providers.h"

#include <stdlib.h>

void providers_init(struct providers *providers, struct notices *notices)
{
    *providers = (struct providers){.notices = notices};
}

static void destroy(struct provider *provider)
{
    (void)via_call_unref(provider->call);
    free(provider);
}

void providers_deinit(struct providers *providers)
{
    while (providers->first != NULL) {
        struct provider *provider = providers->first;
        providers->first = provider->next;
        destroy(provider);
    }
}

uint64_t providers_number(const struct via_call *call)
{
    return (uint64_t)(uintptr_t)via_call_caller(call);
}

static void gone(void *user, enum via_cause cause)
{
    struct provider *provider = user;
    (void)cause;
    notices_post(provider->notices, &provider->end);
}

enum via_status providers_keep(struct providers *providers, struct via_call *call)
{
    for (const struct provider *known = providers->first; known != NULL; known = known->next)
        if (providers_number(known->call) == providers_number(call))
            return VIA_OK;
    struct provider *provider = providers->n >= PROVIDERS_MAX ? NULL : calloc(1, sizeof *provider);
    if (provider == NULL)
        return VIA_BUSY;
    provider->notices = providers->notices;
    provider->call = via_call_keep(call);
    const enum via_status status = via_call_watch(call, gone, provider);
    if (status != VIA_OK) {
        destroy(provider);
        return status;
    }
    provider->next = providers->first;
    providers->first = provider;
    providers->n++;
    return VIA_OK;
}

uint64_t providers_forget(struct providers *providers, struct provider *provider)
{
    const uint64_t number = providers_number(provider->call);
    struct provider **place = &providers->first;
    while (*place != provider)
        place = &(*place)->next;
    *place = provider->next;
    providers->n--;
    destroy(provider);
    return number;
}
