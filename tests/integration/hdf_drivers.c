/*
 * The drivers of hdf_stage.h in a process of their own, until its standard input ends.
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/integration/hdf_stage.h"

int main(void)
{
    char octet = 0;
    if (!hdf_stage_open())
        return 1;
    (void)puts("ready");
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &octet, 1) > 0)
        continue;
    hdf_stage_close();
    return 0;
}
