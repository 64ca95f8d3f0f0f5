using Crm.Users;

namespace Crm.Rules.Tests.Accounts;

public sealed class PasswordRuleTests
{
    [Theory]
    [InlineData("Correct-Horse-42!")]
    [InlineData("Übergrößen sind 1 Maß")]
    [InlineData("aB3.aB3.aB3.")]
    public void A_password_with_all_parts_is_taken(string password) => PasswordRule.Check(password, "ana@acme.test").ShouldBeNull();

    [Theory]
    [InlineData("Short-1!", "length")]
    [InlineData("lower-case-only-1", "upper")]
    [InlineData("UPPER-CASE-ONLY-1", "lower")]
    [InlineData("No-Digits-In-Here", "digit")]
    [InlineData("NoSpecialCharacter1", "special")]
    [InlineData("Hello-ANA.silva-42", "email")]
    [InlineData("Password123!", "common")]
    [InlineData("P@ssw0rd-2026", "common")]
    [InlineData("Summer-2026-2026!", "common")]
    public void What_is_missing_is_named(string password, string part) =>
        PasswordRule.Check(password, "ana.silva@acme.test").ShouldNotBeNull().ShouldSatisfyAllConditions(
            problem => problem.Field.ShouldBe("password"), problem => problem.Code.ShouldBe($"password.{part}"));

    [Fact]
    public void A_name_of_two_letters_may_be_in_it() => PasswordRule.Check("Correct-Bow-42!", "bo@acme.test").ShouldBeNull();

    [Fact]
    public void There_is_a_longest_one() => PasswordRule.Check(new string('a', 300) + "B1!", "ana@acme.test")!.Code.ShouldBe("password.length");
}
