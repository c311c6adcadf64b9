/*
 * version.h
 *	  Does this library know the extension's SQL, as it is in this database?
 *
 * A new library comes with a file, new SQL by ALTER EXTENSION UPDATE in each
 * database: in between, and in sessions that began before, the two differ.
 */
#ifndef GRADUAL_VERSION_H
#define GRADUAL_VERSION_H

/*
 * In a transaction; takes ACCESS SHARE on pg_extension.  Also true where the
 * extension is not installed: what looks for it says so.
 */
extern bool gradual_version_is_known(void);

/* Raises 55000 with a hint if it is not. */
extern void gradual_version_require(void);

#endif							/* GRADUAL_VERSION_H */
