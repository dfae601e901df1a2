/*
 * Two lists, each walked under one lock: a program has a handful of both.
 */
#include "bridge/legato/protocol.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/legato/fatal.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct le_msg_Protocol *protocols;
static struct le_msg_Interface *interfaces;

/* What a link may carry; the gateway may allow less. */
static size_t size_max(void)
{
    const char *text = getenv("VIADUCT_MAX_FRAME_SIZE");
    char *end;
    if (text == NULL || text[0] == '\0')
        return LEGATO_FRAME_SIZE_DEFAULT;
    errno = 0;
    unsigned long long size = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || size < LEGATO_MESSAGE_SIZE_MIN)
        return LEGATO_MESSAGE_SIZE_MIN;
    return (size_t)size;
}

le_msg_ProtocolRef_t le_msg_GetProtocolRef(const char *protocolId, size_t largestMsgSize)
{
    if (protocolId == NULL)
        legato_fatal("le_msg_GetProtocolRef: the protocol's ID is NULL.");
    size_t length = strlen(protocolId);
    if (length > LE_MSG_PROTOCOL_ID_MAX)
        legato_fatal("Protocol ID '%s' is longer than %d bytes.", protocolId,
                     LE_MSG_PROTOCOL_ID_MAX);
    (void)pthread_mutex_lock(&lock);
    struct le_msg_Protocol *protocol = protocols;
    while (protocol != NULL && strcmp(protocol->id, protocolId) != 0)
        protocol = protocol->next;
    if (protocol == NULL) {
        protocol = legato_allocate(sizeof *protocol + length + 1);
        protocol->size = largestMsgSize;
        memcpy(protocol->id, protocolId, length + 1);
        protocol->next = protocols;
        protocols = protocol;
    }
    (void)pthread_mutex_unlock(&lock);
    if (protocol->size != largestMsgSize)
        legato_fatal("Protocol '%s' has messages of %zu bytes, not of %zu.", protocolId,
                     protocol->size, largestMsgSize);
    return protocol;
}

static struct le_msg_Protocol *checked(le_msg_ProtocolRef_t protocol, const char *function)
{
    if (protocol == NULL)
        legato_fatal("%s: the protocol is NULL.", function);
    return protocol;
}

const char *le_msg_GetProtocolIdStr(le_msg_ProtocolRef_t protocolRef)
{
    return checked(protocolRef, __func__)->id;
}

size_t le_msg_GetProtocolMaxMsgSize(le_msg_ProtocolRef_t protocolRef)
{
    return checked(protocolRef, __func__)->size;
}

struct le_msg_Interface *interface_of(struct le_msg_Protocol *protocol, const char *name,
                                      const char *function)
{
    (void)checked(protocol, function);
    if (name == NULL || name[0] == '\0')
        legato_fatal("%s: the interface has no name.", function);
    size_t length = strlen(name);
    if (length > LE_MSG_INTERFACE_NAME_MAX)
        legato_fatal("%s: interface name '%s' is longer than %d bytes.", function, name,
                     LE_MSG_INTERFACE_NAME_MAX);
    if (protocol->size > size_max())
        legato_fatal("%s: interface '%s': messages of protocol '%s' have %zu bytes; the most is "
                     "%zu (VIADUCT_MAX_FRAME_SIZE).",
                     function, name, protocol->id, protocol->size, size_max());
    (void)pthread_mutex_lock(&lock);
    struct le_msg_Interface *interface = interfaces;
    while (interface != NULL &&
           (interface->protocol != protocol || strcmp(interface->name, name) != 0))
        interface = interface->next;
    if (interface == NULL) {
        interface = legato_allocate(sizeof *interface + length + 1);
        interface->protocol = protocol;
        memcpy(interface->name, name, length + 1);
        interface->next = interfaces;
        interfaces = interface;
    }
    (void)pthread_mutex_unlock(&lock);
    interface_check_gateway(interface, function);
    return interface;
}

void interface_check_gateway(const struct le_msg_Interface *interface, const char *function)
{
    uint32_t most = via_node_payload_max(via_node_default());
    const struct le_msg_Protocol *protocol = interface->protocol;
    if (most != 0 && protocol->size > most)
        legato_fatal("%s: interface '%s': messages of protocol '%s' have %zu bytes; the gateway "
                     "takes %u at most (its limits.max_frame_size).",
                     function, interface->name, protocol->id, protocol->size, most);
}

static struct le_msg_Interface *given(le_msg_InterfaceRef_t interface, const char *function)
{
    if (interface == NULL)
        legato_fatal("%s: the interface is NULL.", function);
    return interface;
}

const char *le_msg_GetInterfaceName(le_msg_InterfaceRef_t interfaceRef)
{
    return given(interfaceRef, __func__)->name;
}

le_msg_ProtocolRef_t le_msg_GetInterfaceProtocol(le_msg_InterfaceRef_t interfaceRef)
{
    return given(interfaceRef, __func__)->protocol;
}
