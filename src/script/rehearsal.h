/*
 * rehearsal.h
 *	  The state of one rehearsal, and what rehearses each statement form.
 *
 * A form gets its statement's tree as a copy that it may change, and returns
 * false if it does not know what such a statement does: the rehearsal ends
 * there.  None executes anything on a real relation, or locks one in more than
 * ACCESS SHARE.
 */
#ifndef GRADUAL_REHEARSAL_H
#define GRADUAL_REHEARSAL_H

#include "catalog/pg_class.h"
#include "utils/snapshot.h"

#include "script/context.h"
#include "script/sample.h"
#include "script/script.h"

/* A column that the query of a materialized view reads. */
typedef struct GradualColumnRead
{
	Oid			relation;		/* a real one, or a clone */
	char	   *column;
} GradualColumnRead;

/* A relation that the script names, or that came into being with a clone. */
typedef struct GradualRelation
{
	/* as the script has left it: where it is, or will be */
	Oid			schema;
	char	   *name;
	char		relkind;

	Oid			oid;			/* the real one; InvalidOid: the script
								 * creates it */
	Oid			clone;			/* in pg_temp; InvalidOid: none (yet) */
	char	   *clone_name;
	bool		gone;			/* the script drops it */
	Oid			owned_by;		/* a sequence that goes with this real table;
								 * known only once that moved */
	bool		reowned;		/* a sequence: its clone says to which column
								 * it belongs */
	Oid			new_owner;		/* that the script gives it; InvalidOid = none */
	List	   *reads;			/* of GradualColumnRead *: a materialized view
								 * that the script creates */
	GradualTable *table;		/* itself, or the table that the index is on;
								 * NULL: sequences and catalogs */
} GradualRelation;

#define GRADUAL_IS_INDEX(relkind) \
	((relkind) == RELKIND_INDEX || (relkind) == RELKIND_PARTITIONED_INDEX)

/*
 * What a command about a table does to a real one below it.  Clones of tables that
 * are there do not inherit from one another.
 */
typedef struct GradualBelow
{
	Oid			table;			/* the one below */
	Oid			parent;			/* through which it reaches that */
	GradualCommand *command;
	char	   *column;			/* that comes, goes, or is called so from then
								 * on; or NULL */
	char	   *before;			/* RENAME COLUMN: its name until then */
	char	   *constraint;		/* that comes; or NULL */
	char	   *released;		/* a constraint that goes, or has another
								 * name; or NULL */
	GradualColumn *added;		/* ADD COLUMN */
	GradualBridge *bridge;		/* of a column that has another name; or NULL */
	char	   *sql;			/* for its clone: what follows ALTER TABLE */
	bool		merges;			/* it had the column or constraint itself */
	bool		goes;			/* DROP COLUMN */
	bool		retypes;		/* ALTER COLUMN TYPE: keys are made anew */
	bool		applies;		/* not: it goes only with that of another
								 * parent */
	bool		noted;			/* the table's clone is so */
} GradualBelow;

/* A name that the script has freed. */
typedef struct GradualFreedName
{
	Oid			schema;
	char	   *name;
} GradualFreedName;

/* A schema that the script gives another name. */
typedef struct GradualRenamedSchema
{
	Oid			schema;
	int			statement;
	char	   *from;
	char	   *to;
} GradualRenamedSchema;

typedef struct GradualRehearsal
{
	GradualScript *script;
	GradualStatement *statement;	/* the one that is rehearsed */
	GradualCommand *command;	/* reads and touches are noted here */
	GradualContext context;
	Oid			temp;			/* the schema of the clones */
	Snapshot	before;			/* the catalog as it was before the script */
	List	   *relations;		/* of GradualRelation * */
	List	   *freed;			/* of GradualFreedName * */
	List	   *twins;			/* OIDs of stand-ins for views that DML names */
	List	   *gone_parts;		/* triggers, rules, policies that the script
								 * drops: part.c */
	List	   *renamed_parts;	/* the same that it renames: part.c */
	List	   *object_namings; /* of GradualObjectNaming * */
	List	   *attributes;		/* of char *, quoted: new names of attributes
								 * of types */
	List	   *labels;			/* of GradualLabelNaming *: object_naming.c */
	List	   *renamed_schemas;	/* of GradualRenamedSchema * */
	List	   *left;			/* parents that the script takes children
								 * from: part.c */
	List	   *below;			/* of GradualBelow *, in the script's order */
	List	   *met_keys;		/* foreign keys that were there when a type
								 * changed: carried_keys.c */
	List	   *gone_objects;	/* of ObjectAddress *: other real objects that
								 * it drops */
	const GradualSample *sample;	/* rows for the clones; NULL = none */
	struct GradualPreview *preview; /* changes of rows are made, and shown;
									 * NULL = they are only analysed */
} GradualRehearsal;

/* create.c */
extern bool gradual_rehearse_create_table(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_table_as(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_view(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_sequence(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_statistics(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_schema(GradualRehearsal *rehearsal, Node *node);

/* attach.c: what hangs on a table */
extern bool gradual_rehearse_create_trigger(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_policy(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_rule(GradualRehearsal *rehearsal, Node *node);

/* define.c: types, functions and the like, made for real */
extern bool gradual_rehearse_define(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_create_function(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_enum(GradualRehearsal *rehearsal, Node *node);

/* alter.c */
extern bool gradual_rehearse_alter_table(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_sequence(GradualRehearsal *rehearsal, Node *node);

/* rename.c */
extern bool gradual_rehearse_rename(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_set_schema(GradualRehearsal *rehearsal, Node *node);

/* truncate.c */
extern bool gradual_rehearse_truncate(GradualRehearsal *rehearsal, Node *node);

/* alter_object.c: what is no relation */
extern bool gradual_rehearse_for_real(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_policy(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_domain(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_type(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_publication(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_alter_extension(GradualRehearsal *rehearsal, Node *node);

/* index.c */
extern bool gradual_rehearse_create_index(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_drop_index(GradualRehearsal *rehearsal, Node *node);

/* drop.c */
extern bool gradual_rehearse_drop(GradualRehearsal *rehearsal, Node *node);

/* object.c */
extern bool gradual_rehearse_comment(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_grant(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_grant_role(GradualRehearsal *rehearsal, Node *node);

/* data.c */
extern bool gradual_rehearse_dml(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_do(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_maintenance(GradualRehearsal *rehearsal, Node *node);
extern bool gradual_rehearse_nothing(GradualRehearsal *rehearsal, Node *node);

#endif							/* GRADUAL_REHEARSAL_H */
