#ifndef FAULT_H
#define FAULT_H

/*
 * fault - a place to die, between every two durable acts.
 *
 * In a build with --enable-faults the step counted by TOCSIN_FAULT_STEP (over
 * all processes of one daemon, through the shared page of TOCSIN_FAULT_FD)
 * kills the whole process group with SIGKILL.  Otherwise fault_step() is
 * nothing at all.
 */
#ifdef WITH_FAULTS
void	fault_init(void);	/* the first process: make the shared page */
void	fault_step(const char *name);
#else
#define fault_init()		((void)0)
#define fault_step(name)	((void)0)
#endif

#endif
