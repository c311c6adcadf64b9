/*
 * errors.h
 *	  The SQLSTATEs that pg_gradual raises and what each of them means to a
 *	  caller.  PostgreSQL's own codes, so that every driver knows them.
 */
#ifndef GRADUAL_ERRORS_H
#define GRADUAL_ERRORS_H

/* the migration's status does not allow the call (55000) */
#define GRADUAL_ERRCODE_STATUS		ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE

/* another unfinished migration holds one of the tables (55006) */
#define GRADUAL_ERRCODE_IN_USE		ERRCODE_OBJECT_IN_USE

/* no migration of that name (42704) */
#define GRADUAL_ERRCODE_UNKNOWN		ERRCODE_UNDEFINED_OBJECT

/* a statement form that has no online path, or none yet (0A000) */
#define GRADUAL_ERRCODE_UNSUPPORTED ERRCODE_FEATURE_NOT_SUPPORTED

/* the rows or the schema do not allow a step: violators, a dropped table (55000) */
#define GRADUAL_ERRCODE_BLOCKED		ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE

/* Before the hint in the error that the ledger keeps of a migration */
#define GRADUAL_HINT_MARK			"\nHINT: "

/*
 * The hint of what only a rollback mends.  A step that raises it need not know whose
 * it is: gradual_fault_describe() adds the call.
 */
#define GRADUAL_HINT_START_ANEW		"Roll the migration back and start it again."

#endif							/* GRADUAL_ERRORS_H */
