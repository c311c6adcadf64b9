/*
 * identity.h
 *	  As whom a piece of code runs, and with which settings.
 *
 * Users' code runs as the migration's owner, our ledger statements as the
 * owner of the extension, with a search_path that no user can write to.
 * Both switches end with the transaction, or before it by the call.
 */
#ifndef GRADUAL_IDENTITY_H
#define GRADUAL_IDENTITY_H

#include "nodes/pg_list.h"

typedef struct GradualIdentity
{
	Oid			user;
	int			security_context;
	int			guc_level;		/* 0 = no settings to restore */
	bool		closes_cursors; /* those that are not among .. */
	List	   *cursors;		/* .. what gradual_leftover_cursors() gave */
} GradualIdentity;

/*
 * Become 'role' for users' code inside a transaction block: RESET ROLE and SET
 * SESSION AUTHORIZATION fail in it.  Raises 42704 if the role was dropped.
 * Not for top-level statements (they reset the security context): those use
 * gradual_identity_set_role().
 */
extern void gradual_identity_enter_role(GradualIdentity *saved, Oid role);

/*
 * The same inside the statement of an application, with the settings that a
 * migration's statement needs to mean what it meant in its script; all of it
 * ends with gradual_identity_leave().
 */
extern void gradual_identity_enter_statement(GradualIdentity *saved, Oid role,
											 const char *search_path, List *script_settings);

/* Become the extension's owner with search_path = pg_catalog, pg_temp. */
extern void gradual_identity_enter_extension(GradualIdentity *saved);

/*
 * Back to what was; to be called before the end of the transaction.  Cursors that
 * a migration's code has left in the session of another role are closed.
 */
extern void gradual_identity_leave(GradualIdentity *saved);

/*
 * The last of users' code in a transaction, before gradual_identity_leave(): run
 * what triggers they deferred, or those would run at the commit as whoever commits,
 * or from 18 on leave cursors WITH HOLD that do.  Sets all constraints immediate;
 * nothing where the one who commits is the role itself.
 */
extern void gradual_identity_fire_deferred(const GradualIdentity *saved);

/* The same, whoever commits: SET CONSTRAINTS ALL IMMEDIATE. */
extern void gradual_identity_set_immediate(void);

/*
 * SET ROLE for a top-level statement, in its transaction; and back, which needs
 * no transaction.  A statement that committed by itself before it failed leaves
 * the role set: always go back.
 */
extern void gradual_identity_set_role(Oid role);
extern void gradual_identity_reset_role(void);

/* Is there such a role?  The other one raises 42704 if not, for a migration's owner. */
extern bool gradual_identity_exists(Oid role);
extern void gradual_identity_require_owner(Oid role);

/* May the current user act as role?  (member, or superuser) */
extern bool gradual_identity_may_act_as(Oid role);

/* Does the current user see all of what is role's, as in the views?  (also pg_monitor) */
extern bool gradual_identity_may_watch(Oid role);

/* May 'session' become 'role' by SET ROLE?  What a worker will have to do. */
extern bool gradual_identity_can_set_role(Oid session, Oid role);
extern bool gradual_identity_can_login(Oid role);

/*
 * Pin the settings of a worker's session that change meaning or speed
 * (transaction_timeout 0, read committed, DateStyle, enable_tidscan, ..), after
 * all others went back to the defaults of role and database.  Called at its
 * start and after every statement of the user, whose SET survives, outside a
 * transaction: an abort would undo it.
 */
extern void gradual_identity_pin_session(void);

/*
 * Read the settings of role and database once more, as at the start of a
 * session: they have changed.  One that was reset keeps its value.  In a
 * transaction; gradual_identity_pin_session() has to follow.
 */
extern void gradual_identity_read_settings(void);

/*
 * For the current transaction: the settings that batches and DDL need whoever
 * calls (run_batch included), the migration's search_path, and the script's
 * own SET statements ('SET LOCAL ..' texts).  Call it as the role whose SETs
 * they are.
 */
extern void gradual_identity_pin_transaction(const char *search_path, List *script_settings);

/* The same for a rehearsal, whose copies are temporary and found before all tables. */
extern void gradual_identity_pin_rehearsal(const char *search_path, List *script_settings);

/* After that: no trigger of users fires, but for those that are ENABLE ALWAYS or REPLICA. */
extern void gradual_identity_silence_triggers(void);

/*
 * The same for a top-level statement of a worker, whose own commits end what is
 * LOCAL: for the session, until gradual_identity_pin_session().  Call it in the
 * statement's transaction, after gradual_identity_set_role().
 */
extern void gradual_identity_pin_top_level(const char *search_path, List *script_settings);

/*
 * Around values that become texts to be read again later, or that are read from
 * such: in any form that a script may have set they lose digits, or a time zone.
 * Give the result to the other one; an abort undoes it as well.
 */
extern int	gradual_identity_pin_texts(void);

/*
 * Around the parse and analysis of a text of ours in whatever session: as our
 * own sessions read it, and with a safe search_path.  The same of the result.
 */
extern int	gradual_identity_pin_reading(void);

extern void gradual_identity_unpin(int level);

#endif							/* GRADUAL_IDENTITY_H */
