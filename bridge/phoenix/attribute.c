/*
 * All attributes of an object.
 */
#include <phoenix/attribute.h>

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name there */
void _phoenix_initAttrsStruct(struct _attrAll *attrs, int err)
{
    struct _attr *const each[] = {
        &attrs->mode,    &attrs->uid,   &attrs->gid,   &attrs->size,       &attrs->blocks,
        &attrs->ioblock, &attrs->type,  &attrs->port,  &attrs->pollStatus, &attrs->eventMask,
        &attrs->cTime,   &attrs->mTime, &attrs->aTime, &attrs->links,      &attrs->dev,
    };
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++)
        each[i]->err = err;
}
