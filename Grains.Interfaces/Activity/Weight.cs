namespace Crm;

/// <summary>Says how much a change matters. Pure, and by what its reader sees of it: a hidden field gives nothing away.</summary>
public static class Weight
{
    private static readonly string[] Plain = ["create", "edit", "undo"];

    /// <summary>How much it matters.</summary>
    /// <param name="shown">The change, reduced to what its reader may see.</param>
    public static Importance Of(KindInfo kind, Change shown)
    {
        var verb = shown.Type[(shown.Type.LastIndexOf('.') + 1)..];
        if (verb is "delete" or "restore")
        {
            return Importance.Important;
        }

        if (shown.By == Caller.SystemUser || shown.Fields.Keys.All(name => kind.Field(name) is { Type: FieldType.Data or FieldType.Counter }))
        {
            return Importance.Minor;
        }

        var made = verb == "create";
        return !Plain.Contains(verb) || (!made && shown.Fields.Keys.Any(name => kind.Field(name) is { Important: true })) ? Importance.Important : Importance.Normal;
    }
}
