using System.Collections.Concurrent;
using System.Reflection;

namespace Crm.Web.Admission;

/// <summary>How dear a call is. Under pressure the first ones go first.</summary>
public enum Priority
{
    /// <summary>Who is here, who types, where a cursor stands: the next one makes up for it.</summary>
    Presence,

    /// <summary>Reading and watching: it can be asked again.</summary>
    Read,

    /// <summary>What somebody has done: shed last.</summary>
    Edit,
}

/// <summary>Says of a hub method how dear its calls are; those that nothing is said of are admitted without a question.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AdmitsAttribute(Priority priority) : Attribute
{
    private static readonly ConcurrentDictionary<MethodInfo, Priority?> Known = new();

    public Priority Priority => priority;

    /// <summary>What is said of a method.</summary>
    public static Priority? Of(MethodInfo method) => Known.GetOrAdd(method, static method => method.GetCustomAttribute<AdmitsAttribute>()?.Priority);
}
