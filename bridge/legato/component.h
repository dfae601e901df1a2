/* The components of the program. */
#pragma once

/* To the calling thread's loop: first what is once a process, then each component's own. */
void components_queue(void);
