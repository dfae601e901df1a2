/*
 * A list may jump: out of a call's arguments into an array, and from there to another. A loop of
 * jumps is found by their number.
 */
#include "bridge/portfolio/tags.h"

#include "include/portfolio/operror.h"

#define JUMPS_MAX 20u /* the original's */

void tags_init(struct tags *tags, const TagArg *list)
{
    *tags = (struct tags){.next = list};
}

void tags_init_rest(struct tags *tags, uint32 first, va_list *rest)
{
    *tags = (struct tags){.rest = rest, .first = first};
}

/* TAG_END behind the last. */
static TagArg read_one(struct tags *tags)
{
    TagArg one = {.ta_Tag = TAG_END};
    if (tags->next != NULL) {
        one = *tags->next++;
    } else if (tags->rest != NULL && tags->first != TAG_END) {
        one.ta_Tag = tags->first;
        one.ta_Arg = va_arg(*tags->rest, void *);
        /* a jump leads out of here */
        tags->first = one.ta_Tag == TAG_JUMP ? TAG_END : va_arg(*tags->rest, uint32);
    }
    return one;
}

int32 tags_next(struct tags *tags, TagArg *argument)
{
    for (;;) {
        *argument = read_one(tags);
        switch (argument->ta_Tag) {
        case TAG_END:
            return 0;
        case TAG_NOP:
            break;
        case TAG_JUMP:
            if (++tags->n_jumps > JUMPS_MAX)
                return BADPTR;
            tags->next = argument->ta_Arg;
            break;
        default:
            return 1;
        }
    }
}

uint32 tags_number(const TagArg *argument)
{
    return (uint32)(uintptr_t)argument->ta_Arg;
}
