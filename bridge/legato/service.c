/*
 * A service is published while it is advertised; its stub is there as long as it is itself, so that
 * who has found it may still come in when it has just been hidden.
 */
#include "bridge/legato/service.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/legato/accepted.h"
#include "bridge/legato/binding.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/local.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/signals.h"

struct handler {
    struct handler *next;
    struct service *service; /* borrowed */
    struct handlers *handlers;
    void *reference;
    uint64_t number; /* the newest has the highest */
    le_msg_SessionEventHandler_t function;
    void *context;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static struct service *services;

/* ---- life ---- */

struct service *service_ref(struct service *service)
{
    (void)atomic_fetch_add(&service->refs, 1);
    return service;
}

static void free_handlers(struct handlers *handlers)
{
    while (handlers->first != NULL) {
        struct handler *handler = handlers->first;
        handlers->first = handler->next;
        (void)reference_delete(REFERENCE_SERVICE_HANDLER, handler->reference);
        free(handler);
    }
}

struct service *service_unref(struct service *service)
{
    if (service == NULL || atomic_fetch_sub(&service->refs, 1) != 1)
        return NULL;
    free_handlers(&service->opened);
    free_handlers(&service->closed);
    (void)mailbox_unref(service->mailbox);
    (void)pthread_mutex_destroy(&service->lock);
    free(service);
    return NULL;
}

bool service_is_over(struct service *service)
{
    (void)pthread_mutex_lock(&service->lock);
    bool is_over = service->is_over;
    (void)pthread_mutex_unlock(&service->lock);
    return is_over;
}

/* ---- clients that come in ---- */

static enum via_status check_protocol(const struct service *service,
                                      const struct via_caller *caller, struct via_parcel *request)
{
    const struct le_msg_Protocol *protocol = service->interface->protocol;
    const char *id = NULL;
    uint64_t size = 0;
    if (request == NULL || via_parcel_size(request) == 0)
        return VIA_OK; /* not a Legato program */
    enum via_status status = via_parcel_read_str(request, &id);
    if (status == VIA_OK)
        status = via_parcel_read_u64(request, &size);
    if (status != VIA_OK)
        return status;
    if (id != NULL && strcmp(id, protocol->id) == 0 && size == protocol->size)
        return VIA_OK;
    legato_error("Service '%s': process %d is refused: it speaks protocol '%s' of %llu bytes, not "
                 "'%s' of %zu.",
                 service->interface->name, (int)caller->pid, id != NULL ? id : "",
                 (unsigned long long)size, protocol->id, protocol->size);
    return VIA_BAD_TYPE;
}

static enum via_status open_service(void *user, const struct via_caller *caller,
                                    struct via_parcel *request, struct via_proxy *back,
                                    struct via_stub **openedp, struct via_parcel *answer)
{
    struct service *service = user;
    (void)answer;
    enum via_status status = check_protocol(service, caller, request);
    if (status != VIA_OK)
        return status;
    (void)pthread_mutex_lock(&service->lock);
    status = service->is_over ? VIA_DEAD : accepted_create(service, caller, back, openedp);
    (void)pthread_mutex_unlock(&service->lock);
    return status;
}

static void destroyed(void *user)
{
    (void)service_unref(user);
}

/* ---- the program's ---- */

static void hide(struct service *service)
{
    if (!service->is_advertised)
        return;
    service->is_advertised = false;
    legato_signals_begin_wait();
    enum via_status status = via_node_withdraw(via_node_default(), BINDING_FAMILY,
                                               service->interface->name, service->stub);
    legato_signals_end_wait();
    if (status != VIA_OK)
        legato_debug("Service '%s' is hidden: %s.", service->interface->name,
                     via_status_name(status));
}

static void end(struct service *service)
{
    (void)pthread_mutex_lock(&service->lock);
    service->is_over = true;
    (void)pthread_mutex_unlock(&service->lock);
    hide(service);
    via_stub_withdraw(service->stub);
    (void)pthread_mutex_lock(&lock);
    *service->linkp = service->next;
    if (service->next != NULL)
        service->next->linkp = service->linkp;
    (void)pthread_mutex_unlock(&lock);
    while (service->sessions != NULL)
        accepted_close(service->sessions);
    (void)reference_delete(REFERENCE_SERVICE, service->reference);
    service->stub = via_stub_unref(service->stub);
    (void)service_unref(service);
}

static void end_with_thread(struct owned *owned)
{
    end(CONTAINER_OF(owned, struct service, owned));
}

static void add_to_all(struct service *service)
{
    const struct le_msg_Interface *interface = service->interface;
    (void)pthread_mutex_lock(&lock);
    for (const struct service *other = services; other != NULL; other = other->next)
        if (other->interface == interface)
            legato_fatal("le_msg_CreateService: this process has a service '%s' of protocol '%s' "
                         "already.",
                         interface->name, interface->protocol->id);
    service->next = services;
    service->linkp = &services;
    if (service->next != NULL)
        service->next->linkp = &service->next;
    services = service;
    (void)pthread_mutex_unlock(&lock);
}

le_msg_ServiceRef_t le_msg_CreateService(le_msg_ProtocolRef_t protocolRef,
                                         const char *interfaceName)
{
    const struct via_stub_ops ops = {
        .size = sizeof ops, .open = open_service, .destroyed = destroyed};
    struct le_msg_Interface *interface = interface_of(protocolRef, interfaceName, __func__);
    struct mailbox *mailbox = mailbox_here();
    struct service *service = legato_allocate(sizeof *service);
    service->interface = interface;
    add_to_all(service);
    atomic_init(&service->refs, 2); /* its life, and its stub */
    atomic_init(&service->context, NULL);
    service->mailbox = mailbox_ref(mailbox);
    (void)pthread_mutex_init(&service->lock, NULL);
    if (via_stub_create(via_node_default(), &ops, service, &service->stub) != VIA_OK)
        legato_fatal("%s: no memory for service '%s'.", __func__, interfaceName);
    service->owned.end = end_with_thread;
    mailbox_own(mailbox, &service->owned);
    service->reference = reference_create(REFERENCE_SERVICE, service);
    return service->reference;
}

static void ref(void *object)
{
    (void)service_ref(object);
}

/* A count; fatal, in the words of @function, for one that is gone. */
static struct service *find(le_msg_ServiceRef_t reference, const char *function)
{
    if (reference == NULL)
        legato_fatal("%s: the service is NULL.", function);
    struct service *service = reference_hold(REFERENCE_SERVICE, reference, ref);
    if (service == NULL)
        legato_fatal("%s: service %p is gone.", function, (void *)reference);
    return service;
}

static struct service *find_own(le_msg_ServiceRef_t reference, const char *function)
{
    struct service *service = find(reference, function);
    mailbox_check(service->mailbox, function, service->interface->name);
    return service;
}

void le_msg_DeleteService(le_msg_ServiceRef_t serviceRef)
{
    if (local_service_is(serviceRef))
        legato_fatal("%s: a local service stays.", __func__);
    struct service *service = find_own(serviceRef, __func__);
    if (service_is_over(service))
        legato_fatal("%s: service '%s' is being deleted already.", __func__,
                     service->interface->name);
    mailbox_disown(&service->owned);
    end(service);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): this count is not its life's */
    (void)service_unref(service);
}

void le_msg_AdvertiseService(le_msg_ServiceRef_t serviceRef)
{
    if (local_service_is(serviceRef)) {
        local_service_of(serviceRef)->serviceReady = true;
        return;
    }
    struct service *service = find_own(serviceRef, __func__);
    const struct le_msg_Interface *interface = service->interface;
    const struct via_publish_options options = {
        .size = sizeof options,
        .flags = VIA_PUBLISH_OPENS | VIA_PUBLISH_PER_USER | VIA_PUBLISH_LATER,
        .protocol = interface->protocol->id,
        .message_size = (uint32_t)interface->protocol->size};
    char words[256];
    if (service->is_advertised)
        legato_fatal("%s: service '%s' is advertised already.", __func__, interface->name);
    legato_signals_begin_wait();
    enum via_status status = binding_connect();
    legato_signals_end_wait();
    if (status == VIA_OK)
        interface_check_gateway(interface, __func__);
    legato_signals_begin_wait();
    if (status == VIA_OK)
        status = via_node_publish(via_node_default(), BINDING_FAMILY, interface->name,
                                  service->stub, &options);
    legato_signals_end_wait();
    if (status == VIA_EXISTS)
        legato_fatal("%s: another process of this user advertises service '%s'.", __func__,
                     interface->name);
    via_node_fault(via_node_default(), words, sizeof words);
    if (status != VIA_OK)
        legato_fatal("%s: service '%s' cannot be advertised: %s%s%s.", __func__, interface->name,
                     via_status_name(status), words[0] != '\0' ? ": " : "", words);
    service->is_advertised = true;
    (void)service_unref(service);
}

void le_msg_HideService(le_msg_ServiceRef_t serviceRef)
{
    if (local_service_is(serviceRef)) {
        legato_warn("%s: a local service cannot be hidden.", __func__);
        return;
    }
    struct service *service = find_own(serviceRef, __func__);
    hide(service);
    (void)service_unref(service);
}

void le_msg_SetServiceRecvHandler(le_msg_ServiceRef_t serviceRef,
                                  le_msg_ReceiveHandler_t handlerFunc, void *contextPtr)
{
    if (local_service_is(serviceRef)) {
        local_service_of(serviceRef)->receiver = (le_msg_LocalReceiver_t){
            .thread = le_thread_GetCurrent(), .handler = handlerFunc, .contextPtr = contextPtr};
        return;
    }
    struct service *service = find_own(serviceRef, __func__);
    service->receive = handlerFunc;
    service->receive_context = contextPtr;
    (void)service_unref(service);
}

void le_msg_SetServiceContextPtr(le_msg_ServiceRef_t serviceRef, void *contextPtr)
{
    if (local_service_is(serviceRef))
        legato_fatal("%s: a local service has none.", __func__);
    struct service *service = find(serviceRef, __func__);
    atomic_store(&service->context, contextPtr);
    (void)service_unref(service);
}

void *le_msg_GetServiceContextPtr(le_msg_ServiceRef_t serviceRef)
{
    if (local_service_is(serviceRef))
        legato_fatal("%s: a local service has none.", __func__);
    struct service *service = find(serviceRef, __func__);
    void *context = atomic_load(&service->context);
    (void)service_unref(service);
    return context;
}

/* ---- handlers ---- */

void service_tell(struct service *service, struct handlers *handlers, le_msg_SessionRef_t session)
{
    uint64_t below = UINT64_MAX;
    for (;;) {
        le_msg_SessionEventHandler_t function = NULL;
        void *context = NULL;
        (void)pthread_mutex_lock(&service->lock);
        const struct handler *handler = handlers->first;
        while (handler != NULL && handler->number >= below)
            handler = handler->next;
        if (handler != NULL) {
            function = handler->function;
            context = handler->context;
            below = handler->number;
        }
        (void)pthread_mutex_unlock(&service->lock);
        if (function == NULL)
            return;
        function(session, context);
    }
}

static le_msg_SessionEventHandlerRef_t add_handler(struct service *service,
                                                   struct handlers *handlers,
                                                   le_msg_SessionEventHandler_t function,
                                                   void *context, const char *caller)
{
    struct handler *handler = legato_allocate(sizeof *handler);
    if (function == NULL)
        legato_fatal("%s: service '%s': the handler is NULL.", caller, service->interface->name);
    *handler = (struct handler){
        .service = service, .handlers = handlers, .function = function, .context = context};
    handler->reference = reference_create(REFERENCE_SERVICE_HANDLER, handler);
    (void)pthread_mutex_lock(&service->lock);
    handler->number = handlers->n_added++;
    handler->next = handlers->first;
    handlers->first = handler;
    (void)pthread_mutex_unlock(&service->lock);
    return handler->reference;
}

/* Of those that stand @offset octets into the service. */
static le_msg_SessionEventHandlerRef_t add_handler_of(le_msg_ServiceRef_t reference, size_t offset,
                                                      le_msg_SessionEventHandler_t function,
                                                      void *context, const char *caller)
{
    if (local_service_is(reference)) {
        legato_warn("%s: a local service has no such handlers.", caller);
        return NULL;
    }
    struct service *service = find_own(reference, caller);
    struct handlers *handlers = (struct handlers *)((char *)service + offset);
    le_msg_SessionEventHandlerRef_t handler =
        add_handler(service, handlers, function, context, caller);
    (void)service_unref(service);
    return handler;
}

le_msg_SessionEventHandlerRef_t
le_msg_AddServiceOpenHandler(le_msg_ServiceRef_t serviceRef,
                             le_msg_SessionEventHandler_t handlerFunc, void *contextPtr)
{
    return add_handler_of(serviceRef, offsetof(struct service, opened), handlerFunc, contextPtr,
                          __func__);
}

le_msg_SessionEventHandlerRef_t
le_msg_AddServiceCloseHandler(le_msg_ServiceRef_t serviceRef,
                              le_msg_SessionEventHandler_t handlerFunc, void *contextPtr)
{
    return add_handler_of(serviceRef, offsetof(struct service, closed), handlerFunc, contextPtr,
                          __func__);
}

static void ref_service(void *object)
{
    (void)service_ref(((struct handler *)object)->service);
}

void le_msg_RemoveServiceHandler(le_msg_SessionEventHandlerRef_t handlerRef)
{
    if (handlerRef == NULL)
        legato_fatal("%s: the handler is NULL.", __func__);
    struct handler *handler = reference_hold(REFERENCE_SERVICE_HANDLER, handlerRef, ref_service);
    if (handler == NULL) {
        legato_error("%s: handler %p is gone.", __func__, (void *)handlerRef);
        return;
    }
    struct service *service = handler->service;
    if (reference_delete(REFERENCE_SERVICE_HANDLER, handlerRef) != NULL) {
        (void)pthread_mutex_lock(&service->lock);
        struct handler **at = &handler->handlers->first;
        while (*at != handler)
            at = &(*at)->next;
        *at = handler->next;
        (void)pthread_mutex_unlock(&service->lock);
        free(handler);
    }
    (void)service_unref(service);
}
