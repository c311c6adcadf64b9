/*
 * identity.c
 *	  As whom a piece of code runs, and with which settings.
 *
 * Two ways lead to another role.  Inside a transaction block it is the local
 * user id, as in a SECURITY DEFINER function: code of the user cannot leave it,
 * and an abort restores it.  Around a top-level statement it is SET ROLE, since
 * such a statement may not start in a security context; an abort restores that
 * only if the statement has not committed by itself in between.
 *
 * Settings are set with the rights of a superuser, whoever we are: these are
 * our values, not the user's.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_db_role_setting.h"
#include "catalog/pg_extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/guc.h"
#include "base/identity.h"
#include "base/leftover.h"
#include "base/spi.h"

#define EXTENSION_NAME "pg_gradual"
#define SAFE_SEARCH_PATH "pg_catalog, pg_temp"

typedef struct PinnedSetting
{
	const char *name;
	const char *value;
} PinnedSetting;

/* What makes a statement mean, or cost, the same for whoever runs it */
static const PinnedSetting pinned[] = {
	{"backslash_quote", "safe_encoding"},
	{"bytea_output", "hex"},
	{"DateStyle", "ISO"},
	{"enable_indexscan", "on"},
	{"enable_nestloop", "on"},
	{"enable_tidscan", "on"},
	{"extra_float_digits", "1"},
	{"gradual.script_writes", "on"},
	{"IntervalStyle", "postgres"},
	{"jit", "off"},
	{"quote_all_identifiers", "off"},
	{"row_security", "on"},
	{"session_replication_role", "origin"},
	{"standard_conforming_strings", "on"},
	{"statement_timeout", "0"},
	{"transform_null_equals", "off"},
	{"xmloption", "content"},
};

/* The part of it that is about meaning */
static const PinnedSetting pinned_meaning[] = {
	{"bytea_output", "hex"},
	{"DateStyle", "ISO"},
	{"extra_float_digits", "1"},
	{"IntervalStyle", "postgres"},
	{"row_security", "on"},
	{"xmloption", "content"},
};

/* How the text of a statement is read */
static const PinnedSetting pinned_reading[] = {
	{"backslash_quote", "safe_encoding"},
	{"standard_conforming_strings", "on"},
	{"transform_null_equals", "off"},
};

/* What, beyond that, a worker's transactions begin with */
static const PinnedSetting pinned_session[] = {
	{"default_transaction_deferrable", "off"},
	{"default_transaction_isolation", "read committed"},
	{"default_transaction_read_only", "off"},
	{"idle_in_transaction_session_timeout", "0"},
	{"lock_timeout", "0"},
};

/* Owner of the extension; InvalidOid = to be looked up */
static Oid	cached_extension_owner = InvalidOid;

static void become_owner(GradualIdentity *saved, Oid role);
static void become(GradualIdentity *saved, Oid role);
static Oid	extension_owner(void);
static Oid	look_up_extension_owner(void);
static void forget_extension_owner(Datum arg, int cacheid, uint32 hashvalue);
static void run_setting(const char *sql, bool is_local);
static void pin(const PinnedSetting *settings, int count, GucAction action);
static void set(const char *name, const char *value, GucAction action);

/* --- roles --- */

void
gradual_identity_enter_role(GradualIdentity *saved, Oid role)
{
	bool		is_guest = role != GetUserId();
	List	   *cursors = is_guest ? gradual_leftover_cursors() : NIL;

	become_owner(saved, role);
	saved->closes_cursors = is_guest;
	saved->cursors = cursors;
}

/* Of a migration */
static void
become_owner(GradualIdentity *saved, Oid role)
{
	gradual_identity_require_owner(role);
	saved->guc_level = 0;
	become(saved, role);
	gradual_leftover_mark_guest(saved->user);
}

static bool
names_temp(const char *search_path)
{
	List	   *schemas;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(search_path), ',', &schemas))
		return false;
	foreach(lc, schemas)
	{
		if (strcmp(lfirst(lc), "pg_temp") == 0)
			return true;
	}
	return false;
}

/* Nothing of the session's temporary schema may pass for what the script named. */
static char *
with_temp_last(const char *search_path)
{
	if (names_temp(search_path))
		return pstrdup(search_path);
	return psprintf("%s%spg_temp", search_path, search_path[0] != '\0' ? ", " : "");
}

void
gradual_identity_enter_statement(GradualIdentity *saved, Oid role, const char *search_path,
								 List *script_settings)
{
	int			level = NewGUCNestLevel();
	ListCell   *lc;

	pin(pinned_meaning, lengthof(pinned_meaning), GUC_ACTION_SAVE);
	pin(pinned_reading, lengthof(pinned_reading), GUC_ACTION_SAVE);
	set("search_path", with_temp_last(search_path), GUC_ACTION_SAVE);
	become_owner(saved, role);
	saved->guc_level = level;
	foreach(lc, script_settings)
		run_setting((const char *) lfirst(lc), true);
}

void
gradual_identity_enter_extension(GradualIdentity *saved)
{
	Oid			owner = extension_owner();

	saved->guc_level = NewGUCNestLevel();
	set("search_path", SAFE_SEARCH_PATH, GUC_ACTION_SAVE);
	become(saved, owner);
}

void
gradual_identity_leave(GradualIdentity *saved)
{
	if (saved->closes_cursors)
		gradual_leftover_close_cursors(saved->cursors);
	if (saved->guc_level > 0)
		AtEOXact_GUC(false, saved->guc_level);
	SetUserIdAndSecContext(saved->user, saved->security_context);
}

void
gradual_identity_fire_deferred(const GradualIdentity *saved)
{
	if (saved->user != GetUserId())
		gradual_identity_set_immediate();
}

void
gradual_identity_set_immediate(void)
{
	ConstraintsSetStmt *immediate = makeNode(ConstraintsSetStmt);

	AfterTriggerSetState(immediate);
}

static void
become(GradualIdentity *saved, Oid role)
{
	saved->closes_cursors = false;
	GetUserIdAndSecContext(&saved->user, &saved->security_context);
	SetUserIdAndSecContext(role, saved->security_context |
						   SECURITY_LOCAL_USERID_CHANGE);
}

void
gradual_identity_set_role(Oid role)
{
	set("role", GetUserNameFromId(role, false), GUC_ACTION_SET);
}

/* Not RESET: that would be the role of ALTER ROLE .. SET role, if there is one */
void
gradual_identity_reset_role(void)
{
	set("role", "none", GUC_ACTION_SET);
}

/* --- who may what --- */

/* Either half of a membership will do: its rights, or SET ROLE */
bool
gradual_identity_may_act_as(Oid role)
{
	return has_privs_of_role(GetUserId(), role) ||
		member_can_set_role(GetUserId(), role);
}

bool
gradual_identity_may_watch(Oid role)
{
	return is_member_of_role(GetUserId(), role) ||
		is_member_of_role(GetUserId(), ROLE_PG_MONITOR);
}

bool
gradual_identity_can_set_role(Oid session, Oid role)
{
	return member_can_set_role(session, role);
}

bool
gradual_identity_exists(Oid role)
{
	return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role));
}

/* To give it to another one is no privilege of anybody: its script runs as that role. */
void
gradual_identity_require_owner(Oid role)
{
	if (!gradual_identity_exists(role))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role with OID %u does not exist", role),
				 errdetail("It owned the migration and was dropped."),
				 errhint("A superuser can give its migrations to another role, as whom they run from then on: UPDATE gradual.migration SET owner = 'another_role' WHERE owner = %u;",
						 role)));
}

/* What the server asks of a worker's role at connect: LOGIN, and CONNECT */
bool
gradual_identity_can_login(Oid role)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool		login;

	if (!HeapTupleIsValid(tuple))
		return false;
	login = ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;
	ReleaseSysCache(tuple);
	return login &&
		object_aclcheck(DatabaseRelationId, MyDatabaseId, role,
						ACL_CONNECT) == ACLCHECK_OK;
}

/* --- the extension's owner --- */

/*
 * Asked for by every look into the ledger, so it is kept.  pg_extension has no
 * cache whose changes would be announced; but whatever drops the extension or
 * gives it another owner also touches the pg_class rows of its tables.
 */
static Oid
extension_owner(void)
{
	static bool watching = false;

	if (!watching)
	{
		CacheRegisterSyscacheCallback(RELOID, forget_extension_owner, (Datum) 0);
		watching = true;
	}
	if (!OidIsValid(cached_extension_owner))
		cached_extension_owner = look_up_extension_owner();
	return cached_extension_owner;
}

static void
forget_extension_owner(Datum arg, int cacheid, uint32 hashvalue)
{
	cached_extension_owner = InvalidOid;
}

static Oid
look_up_extension_owner(void)
{
	Relation	extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			owner = InvalidOid;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(EXTENSION_NAME));
	scan = systable_beginscan(extensions, ExtensionNameIndexId, true,
							  NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		owner = ((Form_pg_extension) GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);

	if (!OidIsValid(owner))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNKNOWN),
				 errmsg("extension \"%s\" does not exist", EXTENSION_NAME),
				 errdetail("It was dropped from this database, and its migrations with it."),
				 errhint("CREATE EXTENSION %s;", EXTENSION_NAME)));
	return owner;
}

/* --- settings --- */

void
gradual_identity_pin_session(void)
{
	ResetAllOptions();
	pin(pinned, lengthof(pinned), GUC_ACTION_SET);
	pin(pinned_session, lengthof(pinned_session), GUC_ACTION_SET);
	if (GRADUAL_HAS_TRANSACTION_TIMEOUT)
		set("transaction_timeout", "0", GUC_ACTION_SET);
}

/* The weakest first, as the server does when a session begins */
void
gradual_identity_read_settings(void)
{
	Relation	settings = table_open(DbRoleSettingRelationId, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(DbRoleSettingRelationId));
	Oid			role = GetSessionUserId();

	ApplySetting(snapshot, InvalidOid, InvalidOid, settings, PGC_S_GLOBAL);
	ApplySetting(snapshot, MyDatabaseId, InvalidOid, settings, PGC_S_DATABASE);
	ApplySetting(snapshot, InvalidOid, role, settings, PGC_S_USER);
	ApplySetting(snapshot, MyDatabaseId, role, settings, PGC_S_DATABASE_USER);
	UnregisterSnapshot(snapshot);
	table_close(settings, AccessShareLock);
}

/* Of the session that calls run_batch: a worker's has nothing in it. */
static bool
has_temp(void)
{
	Oid			schema,
				toast;

	GetTempNamespaceState(&schema, &toast);
	return OidIsValid(schema);
}

/* The script's own settings come last: they may differ from ours on purpose */
void
gradual_identity_pin_rehearsal(const char *search_path, List *script_settings)
{
	ListCell   *lc;

	gradual_script_statement = 0;
	pin(pinned, lengthof(pinned), GUC_ACTION_LOCAL);
	set("search_path", search_path, GUC_ACTION_LOCAL);
	foreach(lc, script_settings)
		run_setting((const char *) lfirst(lc), true);
}

void
gradual_identity_pin_transaction(const char *search_path, List *script_settings)
{
	gradual_identity_pin_rehearsal(has_temp() ? with_temp_last(search_path) : search_path,
								   script_settings);
}

void
gradual_identity_silence_triggers(void)
{
	set("session_replication_role", "replica", GUC_ACTION_LOCAL);
}

void
gradual_identity_pin_top_level(const char *search_path, List *script_settings)
{
	ListCell   *lc;

	pin(pinned, lengthof(pinned), GUC_ACTION_SET);
	set("search_path", search_path, GUC_ACTION_SET);
	foreach(lc, script_settings)
		run_setting((const char *) lfirst(lc), false);

	/* a timeout would leave an invalid index behind, whatever the script says */
	set("lock_timeout", "0", GUC_ACTION_SET);
	if (GRADUAL_HAS_TRANSACTION_TIMEOUT)
		set("transaction_timeout", "0", GUC_ACTION_SET);
}

int
gradual_identity_pin_texts(void)
{
	int			level = NewGUCNestLevel();

	pin(pinned_meaning, lengthof(pinned_meaning), GUC_ACTION_SAVE);
	return level;
}

int
gradual_identity_pin_reading(void)
{
	int			level = NewGUCNestLevel();

	pin(pinned_reading, lengthof(pinned_reading), GUC_ACTION_SAVE);
	set("search_path", SAFE_SEARCH_PATH, GUC_ACTION_SAVE);
	return level;
}

void
gradual_identity_unpin(int level)
{
	AtEOXact_GUC(false, level);
}

/* What is so already is left alone, as by pin(). */
static bool
is_set(VariableSetStmt *setting)
{
	const char *value = setting->kind == VAR_SET_VALUE ?
	GetConfigOption(setting->name, true, false) : NULL;

	return value != NULL && strcmp(value, ExtractSetVariableArgs(setting)) == 0;
}

/* Run the text of a SET LOCAL, or the same without its LOCAL */
static void
run_setting(const char *sql, bool is_local)
{
	RawStmt    *statement = linitial_node(RawStmt, pg_parse_query(sql));
	VariableSetStmt *setting = castNode(VariableSetStmt, statement->stmt);

	if (is_set(setting))
		return;
	setting->is_local = is_local;
	ExecSetVariableStmt(setting, !is_local);
}

/*
 * A setting that is right is left alone: to assign some of them, like
 * session_replication_role, throws away every cached plan.
 */
static void
pin(const PinnedSetting *settings, int count, GucAction action)
{
	for (int i = 0; i < count; i++)
	{
		const char *value = GetConfigOption(settings[i].name, false, false);

		if (strcmp(value, settings[i].value) != 0)
			set(settings[i].name, settings[i].value, action);
	}
}

static void
set(const char *name, const char *value, GucAction action)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, action,
							 true, 0, false);
}
