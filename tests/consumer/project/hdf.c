/*
 * A program of HDF's, as it is there: a thread that takes what it finds in a list.
 */
#include "hdf_dlist.h"
#include "hdf_log.h"
#include "osal_mem.h"
#include "osal_sem.h"
#include "osal_thread.h"

#define HDF_LOG_TAG consumer

struct number {
    int value;
    struct DListHead link;
};

static struct DListHead numbers;
static OSAL_DECLARE_SEMAPHORE(done);
static int sum;

static int add_up(void *arg)
{
    (void)arg;
    struct number *number = NULL;
    struct number *next = NULL;
    DLIST_FOR_EACH_ENTRY_SAFE(number, next, &numbers, struct number, link)
    {
        sum += number->value;
        DListRemove(&number->link);
        OsalMemFree(number);
    }
    return OsalSemPost(&done);
}

int main(void)
{
    DListHeadInit(&numbers);
    for (int i = 1; i <= 6; i++) {
        struct number *number = (struct number *)OsalMemCalloc(sizeof(*number));
        if (number == NULL)
            return 1;
        number->value = i * 2;
        DListInsertTail(&number->link, &numbers);
    }

    struct OsalThread thread;
    struct OsalThreadParam param = {.name = "consumer", .priority = OSAL_THREAD_PRI_DEFAULT};
    if (OsalSemInit(&done, 0) != HDF_SUCCESS ||
        OsalThreadCreate(&thread, add_up, NULL) != HDF_SUCCESS ||
        OsalThreadStart(&thread, &param) != HDF_SUCCESS)
        return 2;
    if (OsalSemWait(&done, HDF_WAIT_FOREVER) != HDF_SUCCESS || sum != 42)
        return 3;

    HDF_LOGI("%{public}s: %{public}d", __func__, sum);
    (void)OsalThreadDestroy(&thread);
    (void)OsalSemDestroy(&done);
    return 0;
}
