/*
 * attach.c
 *	  Rehearsing what hangs on a table: triggers, policies, rules.
 *
 * Clones come without those of the real table, so a name that is taken there is
 * looked for there.
 */
#include "postgres.h"

#include "base/compat.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/part.h"
#include "script/redirect.h"

static GradualRelation *begin_attach(GradualRehearsal *rehearsal, RangeVar *name);

bool
gradual_rehearse_create_trigger(GradualRehearsal *rehearsal, Node *node)
{
	CreateTrigStmt *create = (CreateTrigStmt *) node;
	GradualRelation *relation = begin_attach(rehearsal, create->relation);

	gradual_lookup_check_right(relation, ACL_TRIGGER);
	if (!create->replace &&
		OidIsValid(gradual_part_on_original(rehearsal, relation, OBJECT_TRIGGER, create->trigname)))
		gradual_part_taken(relation, OBJECT_TRIGGER, create->trigname);
	if (create->constrrel != NULL)
		gradual_redirect_relation(rehearsal, create->constrrel);
	gradual_redirect(rehearsal, create->whenClause);
	gradual_clone_run(rehearsal, node);
	return true;
}

bool
gradual_rehearse_create_policy(GradualRehearsal *rehearsal, Node *node)
{
	CreatePolicyStmt *create = (CreatePolicyStmt *) node;
	GradualRelation *relation;

	gradual_lookup_check_owner(gradual_lookup_find(rehearsal, create->table, false));
	relation = begin_attach(rehearsal, create->table);
	if (OidIsValid(gradual_part_on_original(rehearsal, relation, OBJECT_POLICY, create->policy_name)))
		gradual_part_taken(relation, OBJECT_POLICY, create->policy_name);
	gradual_redirect(rehearsal, create->qual);
	gradual_redirect(rehearsal, create->with_check);
	gradual_clone_run(rehearsal, node);
	return true;
}

bool
gradual_rehearse_create_rule(GradualRehearsal *rehearsal, Node *node)
{
	RuleStmt   *create = (RuleStmt *) node;
	GradualRelation *relation;

	gradual_lookup_check_owner(gradual_lookup_find(rehearsal, create->relation, false));
	relation = begin_attach(rehearsal, create->relation);
	if (!create->replace &&
		OidIsValid(gradual_part_on_original(rehearsal, relation, OBJECT_RULE, create->rulename)))
		gradual_part_taken(relation, OBJECT_RULE, create->rulename);
	gradual_redirect(rehearsal, create->whereClause);
	gradual_redirect(rehearsal, (Node *) create->actions);
	gradual_clone_run(rehearsal, node);
	return true;
}

static GradualRelation *
begin_attach(GradualRehearsal *rehearsal, RangeVar *name)
{
	GradualRelation *relation = gradual_redirect_relation(rehearsal, name);

	rehearsal->command->table = relation->table;
	rehearsal->command->touches = NIL;
	return relation;
}
