/*
 * part.c
 *	  Triggers, rules and policies of a relation, as the script has left them.
 *
 * Dropping one for real would lock its relation in ACCESS EXCLUSIVE, so it is
 * only noted.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_trigger.h"
#include "commands/policy.h"
#include "commands/trigger.h"
#include "rewrite/rewriteSupport.h"
#include "utils/lsyscache.h"

#include "script/part.h"

/* What the script has dropped. */
typedef struct GonePart
{
	Oid			relation;
	ObjectType	type;
	char	   *name;
} GonePart;

/* What the script has renamed. */
typedef struct RenamedPart
{
	Oid			relation;
	ObjectType	type;
	char	   *name;
	char	   *original;		/* its name in the catalog */
} RenamedPart;

static RenamedPart *
find_renamed(GradualRehearsal *rehearsal, Oid relation, ObjectType type, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->renamed_parts)
	{
		RenamedPart *part = lfirst(lc);

		if (part->relation == relation && part->type == type &&
			strcmp(part->name, name) == 0)
			return part;
	}
	return NULL;
}

/* A child, or partition, that is none any more. */
typedef struct LeftParent
{
	Oid			child;
	Oid			parent;
} LeftParent;

static Oid
find(Oid relation, ObjectType type, const char *name, bool missing_ok)
{
	switch (type)
	{
		case OBJECT_TRIGGER:
			return get_trigger_oid(relation, name, missing_ok);
		case OBJECT_RULE:
			return get_rewrite_oid(relation, name, missing_ok);
		default:
			return get_relation_policy_oid(relation, name, missing_ok);
	}
}

Oid
gradual_part_on_clone(const GradualRelation *relation, ObjectType type, const char *name)
{
	if (!OidIsValid(relation->clone))
		return InvalidOid;
	return find(relation->clone, type, name, true);
}

Oid
gradual_part_on_original(GradualRehearsal *rehearsal, const GradualRelation *relation,
						 ObjectType type, const char *name)
{
	RenamedPart *renamed = find_renamed(rehearsal, relation->oid, type, name);

	if (renamed != NULL)
		return find(relation->oid, type, renamed->original, true);
	if (!OidIsValid(relation->oid) ||
		gradual_part_is_gone(rehearsal, relation->oid, type, name))
		return InvalidOid;
	return find(relation->oid, type, name, true);
}

bool
gradual_part_exists(GradualRehearsal *rehearsal, const GradualRelation *relation,
					ObjectType type, const char *name)
{
	return OidIsValid(gradual_part_on_clone(relation, type, name)) ||
		OidIsValid(gradual_part_on_original(rehearsal, relation, type, name));
}

static const char *
noun(ObjectType type)
{
	return type == OBJECT_TRIGGER ? "trigger" : type == OBJECT_RULE ? "rule" : "policy";
}

void
gradual_part_taken(const GradualRelation *relation, ObjectType type, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_OBJECT),
			 errmsg("%s \"%s\" for %s \"%s\" already exists", noun(type), name,
					type == OBJECT_POLICY ? "table" : "relation", relation->name)));
}

void
gradual_part_require(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 ObjectType type, const char *name)
{
	if (gradual_part_exists(rehearsal, relation, type, name))
		return;
	if (!OidIsValid(relation->oid) ||
		!gradual_part_is_gone(rehearsal, relation->oid, type, name))
		find(OidIsValid(relation->oid) ? relation->oid : relation->clone, type, name, false);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg(type == OBJECT_RULE ? "%s \"%s\" for relation \"%s\" does not exist" :
					"%s \"%s\" for table \"%s\" does not exist",
					noun(type), name, relation->name),
			 errdetail("The script has dropped it before.")));
}

void
gradual_part_drop(GradualRehearsal *rehearsal, Oid relation, ObjectType type, const char *name)
{
	GonePart   *part = palloc(sizeof(GonePart));

	rehearsal->renamed_parts = list_delete_ptr(rehearsal->renamed_parts,
											   find_renamed(rehearsal, relation, type, name));
	part->relation = relation;
	part->type = type;
	part->name = pstrdup(name);
	rehearsal->gone_parts = lappend(rehearsal->gone_parts, part);
}

void
gradual_part_rename(GradualRehearsal *rehearsal, Oid relation, ObjectType type,
					const char *from, const char *to)
{
	RenamedPart *before = find_renamed(rehearsal, relation, type, from);
	RenamedPart *part = palloc(sizeof(RenamedPart));

	part->relation = relation;
	part->type = type;
	part->name = pstrdup(to);
	part->original = before == NULL ? pstrdup(from) : before->original;
	gradual_part_drop(rehearsal, relation, type, from);
	rehearsal->renamed_parts = lappend(rehearsal->renamed_parts, part);
}

bool
gradual_part_is_gone(GradualRehearsal *rehearsal, Oid relation, ObjectType type,
					 const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->gone_parts)
	{
		GonePart   *part = lfirst(lc);

		if (part->relation == relation && part->type == type &&
			strcmp(part->name, name) == 0)
			return true;
	}
	return false;
}

void
gradual_part_leave(GradualRehearsal *rehearsal, Oid child, Oid parent)
{
	LeftParent *left = palloc(sizeof(LeftParent));

	left->child = child;
	left->parent = parent;
	rehearsal->left = lappend(rehearsal->left, left);
}

bool
gradual_part_has_left(GradualRehearsal *rehearsal, Oid child, Oid parent)
{
	ListCell   *lc;

	foreach(lc, rehearsal->left)
	{
		LeftParent *left = lfirst(lc);

		if (left->child == child && left->parent == parent)
			return true;
	}
	return false;
}

int
gradual_part_left_with(GradualRehearsal *rehearsal, Oid child, const char *name, bool is_check)
{
	int			parents = 0;
	ListCell   *lc;

	foreach(lc, rehearsal->left)
	{
		LeftParent *left = lfirst(lc);

		if (left->child == child &&
			(is_check ? OidIsValid(get_relation_constraint_oid(left->parent, name, true)) :
			 get_attnum(left->parent, name) != InvalidAttrNumber))
			parents++;
	}
	return parents;
}
