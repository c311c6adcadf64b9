/*
 * api.h
 *	  What the SQL-callable functions share: arguments in, the one gate that
 *	  says who may, and the compilation of a migration as its owner.
 */
#ifndef GRADUAL_API_H
#define GRADUAL_API_H

#include "fmgr.h"

#include "base/compat.h"
#include "ledger/migration.h"

/*
 * A text argument that must not be NULL (22004 naming it).  All functions of users
 * begin so: 55000 if this library does not know the extension's SQL.
 */
extern char *gradual_api_text(FunctionCallInfo fcinfo, int argument, const char *name);

/*
 * What changes a migration, or tries a script on temporary tables, begins so, too:
 * 25006 on a standby and in a read-only transaction, with the hint what works there.
 */
extern void gradual_api_require_writable(void);

/* 22023: 'invalid value for argument "x"', 'It must be <allowed>.' */
pg_noreturn extern void gradual_api_bad_value(const char *argument, const char *allowed);

/*
 * The migration of that name, locked against other changes of its state, for a
 * caller who may steer it: a member of the owner's role (else 42501).  Adopts
 * restored migrations first; requires that it can be written.
 */
extern GradualMigration *gradual_api_open(const char *name);

/*
 * Compile a migration's plan as its owner, under its search_path; the caller's
 * settings and identity are as before afterwards.
 */
extern List *gradual_api_compile(GradualMigration *migration);

/* 55000: 'migration "x" is running' in the words of the call, with a hint. */
pg_noreturn extern void gradual_api_refuse(const GradualMigration *migration,
										   const char *wish, const char *hint);

/* 55000 if there is no script to it. */
extern void gradual_api_refuse_tracked(const GradualMigration *migration);

/* As gradual_api_refuse(), where it has to be rolled back first: 'hint' ends before its full stop. */
pg_noreturn extern void gradual_api_refuse_begun(const GradualMigration *migration,
												 const char *wish, const char *hint);

/*
 * 42501 if the migration's code has left temporary relations or types in the session
 * of a role that is not its owner.  'before' is what gradual_leftover_temporary()
 * gave before it ran.
 */
extern void gradual_api_refuse_temporary(const GradualMigration *migration, List *before);

/*
 * The checks and the plan of a start from scratch (defined, rolled_back): takes
 * the caller's settings, compiles, stores the steps; sets the goal.
 */
extern void gradual_api_prepare_start(GradualMigration *migration);

/*
 * The functions behind SQL's, for run() and the tests of both.  only_script: a
 * definition of this script is taken as it is, whatever else was said with it.
 */
extern void gradual_api_define(GradualMigration *definition, bool only_script);
extern GradualStatus gradual_api_start(const char *name, bool auto_complete, bool reset);
extern GradualStatus gradual_api_complete(const char *name, bool force);
extern GradualStatus gradual_api_resume(const char *name);

/* A definition with the defaults of define() and the caller as its owner. */
extern GradualMigration *gradual_api_definition(const char *name, const char *script);

#endif							/* GRADUAL_API_H */
