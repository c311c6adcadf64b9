/*
 * worker.h
 *	  The background worker of a migration, and the launcher of a server that
 *	  has preloaded the library.
 */
#ifndef GRADUAL_WORKER_H
#define GRADUAL_WORKER_H

/* Entry points, found by name in the library. */
extern PGDLLEXPORT void gradual_worker_main(Datum arg);
extern PGDLLEXPORT void gradual_scout_main(Datum arg);
extern PGDLLEXPORT void gradual_launcher_main(Datum arg);

/* Registers the launcher; only while shared_preload_libraries are loaded. */
extern void gradual_launcher_register(void);

#endif							/* GRADUAL_WORKER_H */
