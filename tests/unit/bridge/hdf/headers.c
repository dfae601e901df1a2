/*
 * The headers as C, with what sources of that system use of them. Compiled, not run.
 */
#include "driver.h"
#include "hdf_core_log.h"
#include "hdf_cstring.h"
#include "hdf_dlist.h"
#include "hdf_slist.h"
#include "osal_atomic.h"
#include "osal_mutex.h"
#include "osal_thread.h"
#include "osal_time.h"

#undef HDF_LOG_TAG
#define HDF_LOG_TAG headers

struct entry {
    int number;
    struct DListHead link;
};

int32_t use(struct DListHead *head, uint64_t number);
int32_t use(struct DListHead *head, uint64_t number)
{
    (void)SampleClient();
    /* What hdf_types.h brings, formats with marks, and %llu for a uint64_t. */
    struct entry *entry = NULL, *next = NULL;
    DLIST_FOR_EACH_ENTRY_SAFE(entry, next, head, struct entry, link)
    {
        HDF_LOGI("%{public}s: %{public}d %{private}llu", __func__, entry->number, number);
        DListRemove(&entry->link);
    }
    struct OsalThreadParam param;
    memset(&param, 0, sizeof(param));
    OsalTimespec time = {0};
    if (strlen("x") > INT_MAX || OsalGetTime(&time) != HDF_SUCCESS)
        HDF_LOGE("no arguments");
    return HDF_ERR_NOT_SUPPORT;
}
