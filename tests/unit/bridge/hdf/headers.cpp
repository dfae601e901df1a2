// The headers as C++, by each standard, with what sources of that system use of them. Compiled, not
// run.
#include "driver.h"
#include "hdf_cstring.h"
#include "hdf_dlist.h"
#include "hdf_log.h"
#include "hdf_slist.h"
#include "osal_atomic.h"
#include "osal_mem.h"
#include "osal_spinlock.h"
#include "osal_thread.h"
#include "osal_time.h"

#undef HDF_LOG_TAG
#define HDF_LOG_TAG "headers"

namespace
{
// A class with virtual functions, which lists are embedded in.
class Entry
{
public:
    virtual ~Entry() = default;
    struct DListHead link;
};
} // namespace

int use(struct DListHead *head, uint64_t number);
int use(struct DListHead *head, uint64_t number)
{
    (void)SampleClient();
    Entry *entry = nullptr;
    int count = 0;
    DLIST_FOR_EACH_ENTRY(entry, head, Entry, link)
    {
        HDF_LOGW("%{public}llu", number);
        count++;
    }
    OsalTimespec time = {0, 0};
    OsalAtomic counter = {0};
    OsalAtomicInc(&counter);
    return OsalGetTime(&time) == HDF_SUCCESS ? count : HDF_FAILURE;
}
