/*
 * Others would be drivers, devices and the like, which no program of a Linux process makes.
 */
#include "bridge/portfolio/kinds.h"

#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"

static const struct item_kind *const kinds[] = {
    &message_kind,
    &port_kind,
    &semaphore_kind,
    &task_kind,
};

Err kinds_find(int32 ctype, const struct item_kind **kindp)
{
    if (SUBSYSPART(ctype) != KERNELNODE)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadType);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i]->type == NODEPART(ctype)) {
            *kindp = kinds[i];
            return 0;
        }
    }
    return BADSUBTYPE;
}
