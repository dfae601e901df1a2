/*
 * A program of Portfolio: a thread, its signal, and a semaphore between the two.
 */
#include "event.h"
#include "kernel.h"
#include "stdio.h"
#include "types.h"

static Item mainTask, semaphore;
static uint32 done;
static int32 sum;

static void Add(void)
{
    int32 i;

    for (i = 0; i < 1000; i++) {
        LockSemaphore(semaphore, SEM_WAIT);
        sum++;
        UnlockSemaphore(semaphore);
    }
    SendSignal(mainTask, done);
}

int main(void)
{
    char text[128];
    Item thread;

    mainTask = CURRENTTASK->t.n_Item;
    semaphore = CreateSemaphore("sum", 0);
    done = AllocSignal(0);
    thread = CreateThread("adder", 0, Add, 4096);
    if (semaphore < 0 || thread < 0 || FindSemaphore("SUM") != semaphore) {
        PrintfSysErr(thread);
        return 1;
    }
    WaitSignal(done);
    GetSysErr(text, sizeof(text), DeleteSemaphore(thread + 1));
    printf("%d, %s\n", sum, text);
    return sum == 1000 && DeleteSemaphore(semaphore) == 0 ? 0 : 1;
}
