/*
 * Ports whose numbers stand in the broker's data: their objects go along, for a number alone gives
 * no right. codecs/portfolio_fields.h says where.
 */
#pragma once

#include <viaduct/parcel.h>

#include "include/portfolio/types.h"

struct portfolio_answer;

/* The object of the port of that number, a count; NULL: nobody's that is known here. No lock held;
 * it may wait. */
struct via_proxy *references_object(Item number);

/* Those in the data that stand at @at of @parcel, to its end, are put beside it. Likewise. */
VIA_MUST_USE enum via_status references_give(struct via_parcel *parcel, size_t at);
/* The Items of those that came stand in place of the sender's numbers from now on. Likewise. */
void references_take(struct via_parcel *parcel, size_t at, size_t size);
/* The names that came with a list of listeners are those of their ports. The Items' lock held. */
void references_name(const struct portfolio_answer *answer);
