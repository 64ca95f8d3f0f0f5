namespace Crm.Web.Operators;

/// <summary>Who may see the dashboard of a cluster: on the operators' port, signed in, with every right in his tenant, and named here.</summary>
/// <param name="People">E-mail addresses, in lower case. Empty: nobody.</param>
public sealed record OperatorsOptions(IReadOnlySet<string> People)
{
    /// <summary>Nobody.</summary>
    public static OperatorsOptions Nobody { get; } = new(new HashSet<string>());
}
