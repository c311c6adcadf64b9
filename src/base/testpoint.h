/*
 * testpoint.h
 *	  Named points at the edges of durability where a test can hold, fail or
 *	  count the code.  Compiles to nothing but in TESTING builds.
 */
#ifndef GRADUAL_TESTPOINT_H
#define GRADUAL_TESTPOINT_H

#ifdef GRADUAL_TESTING

/* Count an arrival, raise if armed by fail_once(), wait while a test holds it. */
extern void gradual_testpoint(const char *name);

/* Requests the shared memory of the test points; called by _PG_init. */
extern void gradual_testpoint_init(void);

#define GRADUAL_TESTPOINT(name) gradual_testpoint(name)
#else
#define GRADUAL_TESTPOINT(name) ((void) 0)
#endif

#endif							/* GRADUAL_TESTPOINT_H */
