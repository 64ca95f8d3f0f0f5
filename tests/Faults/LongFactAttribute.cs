namespace Crm.Faults;

/// <summary>A test that takes more than a few seconds: run by <c>./crm test --long</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongFactAttribute : FactAttribute
{
    /// <summary>Whether such tests are run.</summary>
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("CRM_TEST_LONG") == "1";

    /// <summary>Skips it unless it is asked for.</summary>
    public LongFactAttribute() => Skip = Wanted ? null : "takes more than a few seconds: ./crm test --long";
}
