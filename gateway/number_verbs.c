/*
 * Verbs about numbers, and the one that finds how far a path is known: what families whose programs
 * pass numbers around ask of the directory.
 */
#include <stdio.h>

#include "bridge/log.h"
#include "gateway/verb_call.h"

/* @why a number is refused, for the audit. */
static void audit(struct verb_call *call, const char *what, uint32_t number, const char *why)
{
    char words[160];
    (void)snprintf(words, sizeof words, "number %u: %s", (unsigned)number, why);
    audit_refusal(&call->gateway->audit, &call->session->principal, what, words);
}

enum via_status number_verbs_give(struct verb_call *call)
{
    uint32_t wanted = 0;
    struct number_proof block;
    enum via_status status = via_parcel_read_u32(call->request, &wanted);
    if (status == VIA_OK)
        status = numbers_give(&call->gateway->numbers, call->session, wanted, &block);
    if (status == VIA_BUSY) {
        char words[96];
        (void)snprintf(words, sizeof words, "it has max_numbers = %u",
                       (unsigned)call->gateway->numbers.max);
        audit_refusal(&call->gateway->audit, &call->session->principal, "numbers", words);
    }
    if (status == VIA_OK)
        status = via_parcel_write_u32(call->reply, block.first);
    if (status == VIA_OK)
        status = via_parcel_write_u32(call->reply, block.n);
    if (status == VIA_OK)
        status = via_parcel_write_u64(call->reply, block.seal);
    return status;
}

static enum via_status read_proof(struct verb_call *call, struct number_proof *proof)
{
    enum via_status status = via_parcel_read_u32(call->request, &proof->first);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &proof->n);
    if (status == VIA_OK)
        status = via_parcel_read_u64(call->request, &proof->seal);
    return status;
}

enum via_status number_verbs_claim(struct verb_call *call)
{
    struct numbers *numbers = &call->gateway->numbers;
    struct gateway_object *object = NULL;
    struct number_proof proof = {.n = 0};
    uint32_t number = 0, mode = 0;
    enum via_status status = via_parcel_read_u32(call->request, &number);
    if (status == VIA_OK)
        status = verb_call_object(call, &object);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &mode);
    if (status == VIA_OK && via_parcel_tell(call->request) < via_parcel_size(call->request))
        status = read_proof(call, &proof);
    if (status == VIA_OK && object->owner != session_key(call->session)) {
        audit(call, "claim", number, "the object is another process's");
        status = VIA_DENIED;
    } else if (status == VIA_OK) {
        status = numbers_claim(numbers, call->session, number, object, mode,
                               proof.n > 0 ? &proof : NULL);
        if (status == VIA_DENIED)
            audit(call, "claim", number, "it was given to another process");
    }
    const struct gateway_object *holder = numbers_holder(numbers, number);
    if (status == VIA_EXISTS && holder != NULL &&
        verb_call_is_former_self(call, objects_owner(holder)))
        status = VIA_BUSY;
    objects_unref(object);
    return status;
}

enum via_status number_verbs_find(struct verb_call *call)
{
    uint32_t number = 0;
    struct gateway_object *object = NULL;
    enum via_status status = via_parcel_read_u32(call->request, &number);
    if (status != VIA_OK)
        return status;
    status = numbers_find(call->session, number, &object);
    if (status == VIA_OK)
        return verb_call_put_object(call->reply, object);
    /* Who is on another host is not told that there is one. */
    const struct gateway_object *holder = numbers_holder(&call->gateway->numbers, number);
    if (status == VIA_DENIED || (holder != NULL && holder->death == VIA_ALIVE))
        audit(call, "find_number", number, "it may not call what has it");
    return status;
}

enum via_status number_verbs_number_of(struct verb_call *call)
{
    struct gateway_object *object = NULL;
    enum via_status status = verb_call_object(call, &object);
    if (status != VIA_OK)
        return status;
    uint32_t number = object->death == VIA_ALIVE ? object->number : 0;
    objects_unref(object);
    return number != 0 ? via_parcel_write_u32(call->reply, number) : VIA_NOT_FOUND;
}

enum via_status number_verbs_find_prefix(struct verb_call *call)
{
    const char *family = "", *path = "";
    const char **texts[] = {&family, &path};
    struct directory_entry *entry;
    enum via_status status = verb_call_texts(call, texts, 2);
    if (status == VIA_OK && *family == '\0')
        status = VIA_INVALID;
    if (status != VIA_OK)
        return status;
    status = directory_find_prefix(&call->gateway->directory, family, path,
                                   &call->session->principal, &entry);
    if (status == VIA_DENIED)
        verb_call_audit(call, "find", family, path, "its mode does not let this user call it");
    return status == VIA_OK ? verb_call_put_found(call->gateway, call->reply, entry) : status;
}
