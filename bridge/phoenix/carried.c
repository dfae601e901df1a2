/*
 * Which members are ports the codec's one table says. A reference stands where its oid does; that
 * of atDev, whose oid is in i.data, at the beginning of i.raw, where it has none.
 *
 * What a number means is the gateway's word, not the sender's: whoever gets a reference asks for
 * its number, once. A server lends its rights to no number that it did not put there itself: what a
 * client left in o.raw goes back to it without a reference.
 */
#include "bridge/phoenix/carried.h"

#include <viaduct/node.h>

#include "codecs/phoenix_convert.h"

#define IN_RAW_AT 48u  /* in a message */
#define OUT_RAW_AT 16u /* in an answer */

/* ---- out ---- */

static void add(struct via_parcel *parcel, size_t at, const uint8_t *octets)
{
    struct phoenix_oid oid;
    struct via_proxy *proxy = NULL;
    phoenix_get_oid(PHOENIX_ABI_HOST, octets, &oid);
    if (via_node_find_number(via_node_default(), oid.port, &proxy) != VIA_OK)
        return;
    (void)!via_parcel_add_ref(parcel, at, proxy, 0); /* without memory it goes as a number */
    (void)via_proxy_unref(proxy);
}

static bool is_same_port(const uint8_t *octets, const uint8_t *other)
{
    struct phoenix_oid oid, second;
    phoenix_get_oid(PHOENIX_ABI_HOST, octets, &oid);
    phoenix_get_oid(PHOENIX_ABI_HOST, other, &second);
    return oid.port == second.port;
}

/* But for those that stand in @other as well, which may be NULL. */
static void add_all(struct via_parcel *parcel, size_t raw_at,
                    const struct phoenix_struct *structure, const uint8_t *raw,
                    const uint8_t *other)
{
    for (size_t i = 0; i < structure->n_members; i++) {
        size_t at = phoenix_member_at(structure, i, PHOENIX_ABI_HOST);
        if (structure->members[i].kind == PHOENIX_OID &&
            (other == NULL || !is_same_port(raw + at, other + at)))
            add(parcel, raw_at + at, raw + at);
    }
}

void carried_add_to_request(struct via_parcel *parcel, const struct phoenix_request *request)
{
    const struct phoenix_type *type = phoenix_type_of(request->type);
    add_all(parcel, IN_RAW_AT, &type->in, request->in_raw, NULL);
    if (phoenix_request_has_attr_oid(request))
        add(parcel, IN_RAW_AT, request->in_data);
}

void carried_add_to_reply(struct via_parcel *parcel, int32_t type, int32_t err,
                          const uint8_t *out_raw, const uint8_t *given_raw)
{
    if (err >= 0)
        add_all(parcel, OUT_RAW_AT, &phoenix_type_of(type)->out, out_raw, given_raw);
}

/* ---- in ---- */

static void take(struct via_parcel *parcel, size_t at)
{
    uint32_t number;
    struct via_proxy *proxy = via_parcel_ref_at(parcel, at, NULL);
    if (proxy != NULL && via_proxy_local(proxy) == NULL)
        (void)!via_proxy_number(proxy, &number); /* the node remembers it */
}

static void take_all(struct via_parcel *parcel, size_t raw_at,
                     const struct phoenix_struct *structure, uint32_t abi)
{
    for (size_t i = 0; i < structure->n_members; i++)
        if (structure->members[i].kind == PHOENIX_OID)
            take(parcel, raw_at + phoenix_member_at(structure, i, abi));
}

void carried_take_from_request(struct via_parcel *parcel, int32_t type, uint32_t abi)
{
    const struct phoenix_type *row = phoenix_type_of(type);
    if (via_parcel_n_refs(parcel) == 0)
        return;
    take_all(parcel, IN_RAW_AT, &row->in, abi);
    if (row->in_data == PHOENIX_ATTR)
        take(parcel, IN_RAW_AT);
}

void carried_take_from_reply(struct via_parcel *parcel, int32_t type, uint32_t abi)
{
    if (via_parcel_n_refs(parcel) > 0)
        take_all(parcel, OUT_RAW_AT, &phoenix_type_of(type)->out, abi);
}
